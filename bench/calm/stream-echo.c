/* The limit over TCP: accept, and send back whatever comes. One thread, edge to edge, no DNS at all. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BYTES = 65536, EVENTS = 64 };

int main(int argc, char **argv) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1, door = socket(AF_INET, SOCK_STREAM, 0), set = epoll_create1(0);
  static unsigned char bytes[BYTES];
  struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, ready[EVENTS];
  local.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
  setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(door, (struct sockaddr *)&local, sizeof local) < 0 || listen(door, 128) < 0) return 1;
  epoll_ctl(set, EPOLL_CTL_ADD, door, &event);
  for (;;) {
    int count = epoll_wait(set, ready, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      int fd = ready[i].data.fd;
      if (fd == door) {
        event.data.fd = accept(door, NULL, NULL);
        setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      int octets = recv(fd, bytes, BYTES, 0);
      if (octets <= 0 || send(fd, bytes, octets, MSG_NOSIGNAL) != octets) close(fd);
    }
  }
}
