/** Gateways, ListenerSets and routes as their users write them. */

/** From the Gateway API's guide to HTTP routing. */
export const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: example-gateway, namespace: shop }
spec:
  gatewayClassName: sandbox
  listeners:
  - { name: http, protocol: HTTP, port: 80 }
  - { name: wild, protocol: HTTP, port: 8080, hostname: "*.wild.apps.example.com" }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: foo-route, namespace: shop }
spec:
  parentRefs: [{ name: example-gateway, sectionName: http }]
  hostnames: [foo.apps.example.com]
  rules: [{ matches: [{ path: { type: PathPrefix, value: / } }], backendRefs: [{ name: inventory, port: 80 }] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: any-route, namespace: shop }
spec:
  parentRefs: [{ name: example-gateway, sectionName: wild }]
  rules: [{ backendRefs: [{ name: inventory, port: 80 }] }]
`;

/** Listeners that a namespace adds to a Gateway, and a route of connections, which has its host by annotation. */
export const MORE_ROUTES = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: shared, namespace: shop }
spec:
  gatewayClassName: sandbox
  allowedListeners: { namespaces: { from: Same } }
  listeners:
  - { name: db, protocol: TCP, port: 5432 }
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: team, namespace: shop }
spec:
  parentRef: { name: shared }
  listeners: [{ name: team, protocol: HTTP, port: 80, hostname: "*.team.apps.example.com" }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: team-route, namespace: shop }
spec:
  parentRefs: [{ group: gateway.networking.k8s.io, kind: ListenerSet, name: team }]
  hostnames: [cart.team.apps.example.com]
  rules: [{ backendRefs: [{ name: inventory, port: 80 }] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: { name: db-route, namespace: shop, annotations: { external-dns.alpha.kubernetes.io/hostname: db.apps.example.com } }
spec:
  parentRefs: [{ name: shared, sectionName: db }]
  rules: [{ backendRefs: [{ name: inventory, port: 80 }] }]
`;
