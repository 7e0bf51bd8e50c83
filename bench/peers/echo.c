/* The limit of the `peers` bench: receive a batch of datagrams, set QR, send the same bytes back. No DNS at all. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BATCH = 64, SLOT_BYTES = 2048, RECEIVE_BUFFER_BYTES = 4 << 20 };

static unsigned char packets[BATCH][SLOT_BYTES];
static struct sockaddr_in peers[BATCH];
static struct iovec slices[BATCH];
static struct mmsghdr messages[BATCH];

int main(int argc, char **argv) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int size = RECEIVE_BUFFER_BYTES, fd = socket(AF_INET, SOCK_DGRAM, 0);
  local.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (bind(fd, (struct sockaddr *)&local, sizeof local) < 0) return 1;
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      slices[i] = (struct iovec){packets[i], SLOT_BYTES};
      messages[i].msg_hdr = (struct msghdr){
          .msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &slices[i], .msg_iovlen = 1};
    }
    int received = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    for (int i = 0; i < received; i++) {
      slices[i].iov_len = messages[i].msg_len;
      packets[i][2] |= 0x80;
    }
    for (int sent = 0; sent < received;) {
      int count = sendmmsg(fd, messages + sent, received - sent, 0);
      sent += count > 0 ? count : 1; /* a datagram that cannot be sent is passed over, not waited for */
    }
  }
}
