/*
 * Open-loop load with a histogram of latencies: queries leave on a fixed schedule, whatever comes back and when.
 *
 *   latency udp|tcp PORT QUERIES-PER-SECOND SECONDS SOCKETS FILE
 *
 * FILE holds queries one after another, each with its length before it in two octets (as over TCP). The ID of a query
 * is set here; a reply is matched by its socket and ID alone, so an echo serves as well as a DNS server.
 *
 * A latency runs from the moment a query is handed to the kernel to the moment its reply is in our hands. Sending never
 * waits for a reply, so a slow server makes no query late (no coordinated omission); how late the generator itself was,
 * pushed aside by others on this machine, is told apart. Where a stream's socket is full, the query counts as sent at
 * its time of the schedule: there the server is what is waited for. Prints one JSON object with microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum { SOCKETS_MAX = 64, IDS = 65536, QUERIES_MAX = 1 << 20, SLOT_BYTES = 65536, MICROS = 2000000, GRACE_MS = 500 };

static struct { int fd, held; uint16_t next; uint64_t *sent; unsigned char *kept; } lines[SOCKETS_MAX];
static struct pollfd polls[SOCKETS_MAX];
static unsigned char *queries[QUERIES_MAX];
static uint32_t latencies[MICROS], lateness[MICROS];
static uint64_t sent, received, strange;
static int is_stream, sockets;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void count(uint32_t *histogram, uint64_t nanoseconds) {
  uint64_t micros = nanoseconds / 1000;
  histogram[micros < MICROS ? micros : MICROS - 1]++;
}

/* The upper edge of the microsecond in which the share of `total` is reached; -1 of nothing. */
static long quantile(const uint32_t *histogram, uint64_t total, double share) {
  uint64_t sum = 0, rank = share * total;
  for (long micros = 0; total > 0 && micros < MICROS; micros++)
    if ((sum += histogram[micros]) > rank || sum == total) return micros + 1;
  return -1;
}

static void take(int line, const unsigned char *message, int octets, uint64_t at) {
  uint16_t id = octets < 2 ? 0 : message[0] << 8 | message[1];
  uint64_t since = lines[line].sent[id];
  if (octets < 12 || since == 0) { strange++; return; }
  lines[line].sent[id] = 0;
  count(latencies, at > since ? at - since : 0);
  received++;
}

static void receive(int line) {
  static unsigned char message[SLOT_BYTES];
  for (;;) {
    if (!is_stream) {
      int octets = recv(lines[line].fd, message, sizeof message, MSG_DONTWAIT);
      if (octets < 0) return;
      take(line, message, octets, now());
      continue;
    }
    unsigned char *kept = lines[line].kept;
    int octets = recv(lines[line].fd, kept + lines[line].held, 2 * SLOT_BYTES - lines[line].held, MSG_DONTWAIT);
    if (octets <= 0) return;
    uint64_t at = now();
    int end = lines[line].held + octets, from = 0, length;
    for (; from + 2 <= end && from + 2 + (length = kept[from] << 8 | kept[from + 1]) <= end; from += 2 + length)
      take(line, kept + from + 2, length, at);
    memmove(kept, kept + from, lines[line].held = end - from);
  }
}

static void ask(int line, unsigned char *query, uint64_t due) {
  int octets = (query[0] << 8 | query[1]) + 2;
  uint16_t id = lines[line].next++;
  query[2] = id >> 8, query[3] = id;
  uint64_t at = now();
  count(lateness, at - due);
  lines[line].sent[id] = at;
  if (!is_stream) { if (send(lines[line].fd, query + 2, octets - 2, 0) > 0) sent++; else lines[line].sent[id] = 0; return; }
  for (int done = 0; done < octets;) {
    int part = send(lines[line].fd, query + done, octets - done, MSG_NOSIGNAL);
    if (part < 0 && errno != EAGAIN) exit(3);
    if (part < 0) { lines[line].sent[id] = due; receive(line); } else done += part;
  }
  sent++;
}

static int load(const char *path) {
  FILE *file = fopen(path, "rb");
  int count = 0, high, low;
  while (file && count < QUERIES_MAX && (high = getc(file)) != EOF && (low = getc(file)) != EOF) {
    unsigned char *query = queries[count++] = malloc(2 + (high << 8 | low));
    query[0] = high, query[1] = low;
    if (fread(query + 2, 1, high << 8 | low, file) != (size_t)(high << 8 | low)) return 0;
  }
  return count;
}

static void open_lines(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  for (int i = 0; i < sockets; i++) {
    int fd = socket(AF_INET, is_stream ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) exit(2);
    if (is_stream) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    lines[i].fd = polls[i].fd = fd;
    polls[i].events = POLLIN;
    lines[i].sent = calloc(IDS, sizeof *lines[i].sent);
    lines[i].kept = malloc(2 * SLOT_BYTES);
  }
}

static void wait_until(uint64_t due) {
  uint64_t at = now(), left = due > at ? due - at : 0;
  struct timespec patience = {left / 1000000000ull, left % 1000000000ull};
  if (ppoll(polls, sockets, &patience, NULL) <= 0) return;
  for (int i = 0; i < sockets; i++)
    if (polls[i].revents) receive(i);
}

int main(int argc, char **argv) {
  if (argc != 7) return 64;
  is_stream = strcmp(argv[1], "tcp") == 0;
  sockets = atoi(argv[5]);
  int known = load(argv[6]);
  if (known == 0 || sockets < 1 || sockets > SOCKETS_MAX) return 65;
  prctl(PR_SET_TIMERSLACK, 1); /* the kernel may otherwise wake us 50 microseconds late */
  open_lines(atoi(argv[2]));
  uint64_t gap = 1000000000ull / atoi(argv[3]), start = now(), total = atof(argv[4]) * atoi(argv[3]);
  for (uint64_t i = 0; i < total; i++) {
    uint64_t due = start + i * gap;
    do wait_until(due); while (now() < due);
    ask(i % sockets, queries[i % known], due);
  }
  double seconds = (now() - start) / 1e9;
  for (uint64_t end = now() + GRACE_MS * 1000000ull; now() < end && received < sent;) wait_until(end);
  printf("{\"sent\":%lu,\"received\":%lu,\"strange\":%lu,\"perSecond\":%.0f,", sent, received, strange, sent / seconds);
  printf("\"p50\":%ld,\"p99\":%ld,\"p999\":%ld,\"highest\":%ld,\"latenessP99\":%ld}\n", quantile(latencies, received, 0.5),
         quantile(latencies, received, 0.99), quantile(latencies, received, 0.999), quantile(latencies, received, 1),
         quantile(lateness, sent, 0.99));
  return 0;
}
