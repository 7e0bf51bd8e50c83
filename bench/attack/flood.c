/*
 * A flood over UDP from one address, at a fixed pace that does not depend on the replies.
 *
 *   flood names|garbage ADDRESS PORT QUERIES-PER-SECOND SECONDS ZONE
 *
 * To 127.0.0.1:PORT, from ADDRESS and several ports. `names`: questions for random names under ZONE, none twice.
 * `garbage`: messages that no server should trust: random octets, headers that promise records that are not there,
 * labels that run over the end or point at themselves, messages cut anywhere. Prints one JSON object: messages and
 * octets sent and received, and how many replies were whole (not truncated) answers.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SOCKETS = 16, BATCH = 64, MESSAGE_MAX = 128 };

static uint64_t state = 0x9e3779b97f4a7c15ull;
static uint64_t sent, sent_octets, received, received_octets, whole;
static int sockets[SOCKETS];
static unsigned char messages[BATCH][MESSAGE_MAX], zone[MESSAGE_MAX / 2];
static int zone_octets;

static uint32_t chance(void) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return state >> 32;
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* "a.example" as labels, with the zero at the end. */
static int to_wire(const char *text, unsigned char *wire) {
  int at = 0;
  while (*text) {
    int length = strcspn(text, ".");
    if (at + length + 2 > MESSAGE_MAX / 2) exit(65);
    wire[at++] = length;
    memcpy(wire + at, text, length);
    at += length, text += length;
    if (*text == '.') text++;
  }
  wire[at++] = 0;
  return at;
}

static int make_question(unsigned char *to) {
  uint16_t id = chance();
  memcpy(to, (unsigned char[]){id >> 8, id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 12}, 13);
  for (int i = 0; i < 12; i++) to[13 + i] = 'a' + chance() % 26;
  memcpy(to + 25, zone, zone_octets);
  memcpy(to + 25 + zone_octets, (unsigned char[]){0, 1, 0, 1}, 4);
  return 29 + zone_octets;
}

static int make_garbage(unsigned char *to) {
  int octets = make_question(to);
  switch (chance() % 6) {
    case 0:
      octets = chance() % MESSAGE_MAX;
      for (int i = 0; i < octets; i++) to[i] = chance();
      return octets;
    case 1: to[6 + 2 * (chance() % 3)] = 0xff; return octets;           /* records that are not there */
    case 2: to[12] = 0xc0, to[13] = 12; return octets;                  /* a name that points at itself */
    case 3: to[12] = 63 + chance() % 129; return octets;                /* a label that is too long */
    case 4: return 1 + chance() % octets;                               /* cut anywhere */
    default: to[12 + chance() % (octets - 12)] ^= 1 << chance() % 8; return octets;
  }
}

static void drain(void) {
  unsigned char reply[2048];
  for (int i = 0; i < SOCKETS; i++) {
    int octets;
    while ((octets = recv(sockets[i], reply, sizeof reply, MSG_DONTWAIT)) > 0) {
      received++, received_octets += octets;
      if (octets >= 12 && !(reply[2] & 2)) whole++;
    }
  }
}

static void send_batch(int fd, int count, int is_garbage) {
  struct mmsghdr headers[BATCH] = {0};
  struct iovec parts[BATCH];
  for (int i = 0; i < count; i++) {
    parts[i].iov_base = messages[i];
    parts[i].iov_len = is_garbage ? make_garbage(messages[i]) : make_question(messages[i]);
    headers[i].msg_hdr.msg_iov = &parts[i], headers[i].msg_hdr.msg_iovlen = 1;
  }
  int done = sendmmsg(fd, headers, count, MSG_DONTWAIT);
  for (int i = 0; i < done; i++) sent++, sent_octets += parts[i].iov_len;
}

int main(int argc, char **argv) {
  if (argc != 7) return 64;
  int is_garbage = strcmp(argv[1], "garbage") == 0;
  struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
  inet_pton(AF_INET, argv[2], &from.sin_addr);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK), to.sin_port = htons(atoi(argv[3]));
  for (int i = 0; i < SOCKETS; i++) {
    sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(sockets[i], (struct sockaddr *)&from, sizeof from) < 0) return 2;
    if (connect(sockets[i], (struct sockaddr *)&to, sizeof to) < 0) return 2;
  }
  zone_octets = to_wire(argv[6], zone);
  double per_second = atof(argv[4]), seconds = atof(argv[5]);
  uint64_t start = now(), end = start + seconds * 1e9;
  for (uint64_t due = 0, line = 0, at; (at = now()) < end; line++) {
    uint64_t should = (at - start) / 1e9 * per_second;
    /* Pushed aside for long, it lets go of what it owes: a pace, not bursts. */
    if (should > due + per_second / 50) due = should - per_second / 50;
    while (due < should) {
      int count = should - due < BATCH ? should - due : BATCH;
      send_batch(sockets[line++ % SOCKETS], count, is_garbage);
      due += count;
    }
    drain();
    struct timespec pause = {0, 500000};
    nanosleep(&pause, NULL);
  }
  for (uint64_t until = now() + 200000000ull; now() < until;) drain();
  printf("{\"sent\":%lu,\"sentOctets\":%lu,\"received\":%lu,\"receivedOctets\":%lu,\"whole\":%lu,\"seconds\":%.3f}\n",
         sent, sent_octets, received, received_octets, whole, (end - start) / 1e9);
  return 0;
}
