/**
 * The locations of the regions of public clouds, by the names in the labels of their nodes. The nearest town is precise
 * enough.
 *
 * Where two clouds use one name for different towns, the larger cloud's town is listed (AWS before Alibaba). The settings
 * of a cluster can give its location.
 */
import type { Coordinates } from "../../federation/members/distance.ts";

/** Null for an unknown region. Case does not matter. */
export function coordinatesOfRegion(region: string): Coordinates | null {
  return REGIONS.get(region.toLowerCase()) ?? null;
}

/** The names of all known regions, in the order of the table. */
export function knownRegions(): readonly string[] {
  return ENTRIES.map(([region]) => region);
}

/** A line per town: latitude, longitude, and the regions that AWS, Google, Azure and the others have there. */
const TOWNS = `
39.04 -77.49 us-east-1 us-east4 eastus us-ashburn-1 iad na-ashburn usgovvirginia ash us-east-va-1 us-iad us-east
39.96 -83.00 us-east-2 us-east5 us-gov-east-1
36.67 -78.39 eastus2
37.54 -77.44 ric1
40.71 -74.01 nyc1 nyc2 nyc3 us-nyc1
40.55 -74.46 ewr
33.20 -80.01 us-east1
33.75 -84.39 atl1 atl us-southeast us-southeast-1
25.76 -80.19 mia us-mia
41.88 -87.63 northcentralus us-chicago-1 ord us-ord us-chi1
41.26 -95.86 us-central1
41.59 -93.62 centralus
32.78 -96.80 us-south1 us-south dfw us-central
29.42 -98.49 southcentralus usgovtexas
41.14 -104.82 westcentralus
40.76 -111.89 us-west3
33.45 -112.07 westus3 us-phoenix-1 phx phx1 usgovarizona
36.17 -115.14 us-west4
34.05 -118.24 us-west2 lax us-lax
37.35 -121.96 us-west-1 us-sanjose-1 sjc na-siliconvalley us-sjc1
37.77 -122.42 westus sfo1 sfo2 sfo3
37.55 -121.99 us-west
45.84 -119.70 us-west-2 us-gov-west-1
45.59 -121.18 us-west1
45.52 -122.99 hil us-west-or-1
47.23 -119.85 westus2
47.61 -122.33 sea us-sea
21.31 -157.86 hnl
45.50 -73.57 ca-central-1 northamerica-northeast1 ca-montreal-1 ca-mon
45.32 -73.87 bhs bhs1 bhs3 bhs5
43.65 -79.38 northamerica-northeast2 canadacentral tor1 ca-toronto-1 ca-tor ca-central yto na-toronto ca-east-tor
46.81 -71.21 canadaeast
51.05 -114.07 ca-west-1
20.59 -100.39 mx-central-1 northamerica-south1 mexicocentral mx-queretaro-1
25.69 -100.32 mx-monterrey-1
19.43 -99.13 mex na-south-1
4.71 -74.07 sa-bogota-1
-23.55 -46.63 sa-east-1 southamerica-east1 brazilsouth sa-saopaulo-1 br-sao sao br-gru sa-saopaulo
-23.03 -46.98 sa-vinhedo-1
-22.91 -43.17 brazilsoutheast
-33.45 -70.67 southamerica-west1 chilecentral sa-santiago-1 scl
-33.05 -71.61 sa-valparaiso-1
53.35 -6.26 eu-west-1 northeurope
51.51 -0.13 eu-west-2 europe-west2 uksouth lon1 uk-london-1 eu-gb eu-west lhr gb-lon uk1 uk uk-lon1
51.48 -3.18 ukwest
51.59 -3.00 uk-cardiff-1
53.48 -2.24 man
48.86 2.35 eu-west-3 europe-west9 francecentral fr-par eu-paris-1 cdg fr-par-2 eu-west-par
50.99 2.13 gra gra1 gra3 gra5 gra7 gra9 gra11
50.69 3.17 rbx
48.57 7.75 sbg sbg1 sbg3 sbg5 sbg7
43.30 5.37 francesouth eu-marseille-1
50.45 3.82 europe-west1
50.85 4.35 belgiumcentral
52.37 4.90 westeurope ams2 ams3 nl-ams eu-amsterdam-1 ams nl-ams1
53.44 6.84 europe-west4
50.11 8.68 eu-central-1 europe-west3 germanywestcentral fra1 eu-frankfurt-1 eu-de fra eu-central de-fra-1 eu-frankfurt de-fra-2 de-fra1
50.39 8.06 de de1
52.52 13.40 europe-west10 germanynorth
48.14 11.58 de-muc-1
50.48 12.37 fsn1
49.45 11.08 nbg1
47.38 8.54 eu-central-2 europe-west6 switzerlandnorth eu-zurich-1 ch-dk-2
46.20 6.14 switzerlandwest ch-gva-2
48.21 16.37 austriaeast at-vie-1 at-vie-2
45.81 15.98 hr-zag-1
42.70 23.32 bg-sof-1
43.93 20.99 eu-jovanovac-1
52.23 21.01 europe-central2 polandcentral pl-waw waw waw1 pl-waw1
45.46 9.19 eu-south-1 europe-west8 italynorth it-mil eu-milan-1 eu-south-mil it-mil-1
45.07 7.69 europe-west12
40.42 -3.70 europe-southwest1 spaincentral eu-madrid-1 eu-es mad es-mad es-mad1
41.65 -0.88 eu-south-2
59.33 18.07 eu-north-1 europe-north2 eu-stockholm-1 sto se-sto se-sto1
60.67 17.14 swedencentral
59.91 10.75 norwayeast
58.97 5.73 norwaywest
60.57 27.19 europe-north1
60.17 24.94 hel1 fi-hel1 fi-hel2
55.76 37.62 ru-central1
32.08 34.78 il-central-1 me-west1 israelcentral tlv
31.77 35.21 il-jerusalem-1
26.07 50.55 me-south-1
25.20 55.27 me-central-1 uaenorth me-dubai-1 me-east-1
24.45 54.38 uaecentral me-abudhabi-1
25.29 51.53 me-central1 qatarcentral
26.43 50.10 me-central2
24.71 46.68 me-riyadh-1
21.49 39.19 me-jeddah-1
-26.20 28.05 africa-south1 southafricanorth af-johannesburg-1 jnb
-33.92 18.42 af-south-1 southafricawest
19.08 72.88 ap-south-1 asia-south1 westindia ap-mumbai-1 bom ap-west in-bom-2 ap-mumbai mum1 ap-south-mum-1
18.52 73.86 centralindia
21.15 79.09 jioindiacentral
22.47 70.06 jioindiawest
28.61 77.21 asia-south2 del
17.39 78.49 ap-south-2 ap-hyderabad-1
12.97 77.59 blr1 blr
13.08 80.27 southindia in-maa in-che
1.35 103.82 ap-southeast-1 asia-southeast1 southeastasia sgp1 ap-singapore-1 ap-singapore-2 ap-south sgp sin ap-singapore sg-sin-2 sg-sin1
3.14 101.69 ap-southeast-5 malaysiawest
-6.21 106.85 ap-southeast-3 asia-southeast2 indonesiacentral id-cgk ap-jakarta
13.76 100.50 ap-southeast-7 asia-southeast3 ap-bangkok
22.32 114.17 ap-east-1 asia-east2 eastasia cn-hongkong ap-hongkong
25.03 121.57 ap-east-2
24.05 120.52 asia-east1
35.68 139.69 ap-northeast-1 asia-northeast1 japaneast ap-tokyo-1 jp-tok ap-northeast nrt ap-tokyo jp-tyo-3
34.69 135.50 ap-northeast-3 asia-northeast2 japanwest ap-osaka-1 jp-osa itm
37.57 126.98 ap-northeast-2 asia-northeast3 koreacentral ap-seoul-1 icn ap-seoul
37.88 127.73 ap-chuncheon-1
35.18 129.08 koreasouth
-33.87 151.21 ap-southeast-2 australia-southeast1 australiaeast syd1 ap-sydney-1 au-syd ap-southeast syd au-syd1
-37.81 144.96 ap-southeast-4 australia-southeast2 australiasoutheast ap-melbourne-1 mel au-mel
-35.28 149.13 australiacentral australiacentral2
-36.85 174.76 ap-southeast-6 newzealandnorth
39.90 116.40 cn-north-1 chinanorth chinanorth2 chinanorth3 cn-beijing ap-beijing
37.51 105.19 cn-northwest-1
31.23 121.47 chinaeast chinaeast2 chinaeast3 cn-shanghai ap-shanghai
30.27 120.16 cn-hangzhou
32.06 118.80 cn-nanjing ap-nanjing
36.07 120.38 cn-qingdao
40.77 114.89 cn-zhangjiakou
40.84 111.75 cn-huhehaote
40.99 113.13 cn-wulanchabu
22.54 114.06 cn-shenzhen
23.73 114.70 cn-heyuan
23.13 113.26 cn-guangzhou ap-guangzhou
30.57 104.07 cn-chengdu ap-chengdu
29.56 106.55 ap-chongqing
26.07 119.30 cn-fuzhou
30.59 114.31 cn-wuhan-lr
`;

const ENTRIES: readonly (readonly [string, Coordinates])[] = TOWNS.trim()
  .split("\n")
  .flatMap((line) => {
    const [latitude = "", longitude = "", ...regions] = line.split(" ");
    const town = { latitude: Number(latitude), longitude: Number(longitude) };
    return regions.map((region) => [region, town] as const);
  });
const REGIONS: ReadonlyMap<string, Coordinates> = new Map(ENTRIES);
