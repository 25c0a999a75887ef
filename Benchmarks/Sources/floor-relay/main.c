// floor-relay PORT: takes one connection after another on a free port of 127.0.0.1, and copies octets between it and PORT,
// 64 KiB at a time. Two of them in a row are the hops of a tunnel, and nothing else of it.
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[64 * 1024];

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Returns 0 at the end of either side.
static int copy(int from, int to) {
  ssize_t count = read(from, buffer, sizeof buffer);
  if (count <= 0) return 0;
  for (ssize_t written = 0; written < count;) {
    ssize_t part = write(to, buffer + written, count - written);
    if (part <= 0) return 0;
    written += part;
  }
  return 1;
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: floor-relay PORT\n");
    return 64;
  }
  struct sockaddr_in own = loopback(0), target = loopback(atoi(arguments[1]));
  socklen_t length = sizeof own;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0 || listen(listener, 8) != 0 ||
      getsockname(listener, (struct sockaddr *)&own, &length) != 0) {
    perror("floor-relay");
    return 1;
  }
  printf("listening %d\n", ntohs(own.sin_port));
  fflush(stdout);
  for (;;) {
    int near = accept(listener, NULL, NULL), far = socket(AF_INET, SOCK_STREAM, 0);
    if (near < 0 || connect(far, (struct sockaddr *)&target, sizeof target) != 0) {
      perror("floor-relay");
      return 1;
    }
    struct pollfd both[2] = {{near, POLLIN, 0}, {far, POLLIN, 0}};
    for (int open = 1; open && poll(both, 2, -1) > 0;) {
      if (both[0].revents) open = copy(near, far);
      if (open && both[1].revents) open = copy(far, near);
    }
    close(near);
    close(far);
  }
}
