/* Makes fsync and fdatasync slower, as on a real disk: preloaded into the server under test. FSYNC_DELAY_US says by how
   many microseconds. Compiled by the benchmark when the machine has a C compiler. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_as_disks_do(void) {
  const char *text = getenv("FSYNC_DELAY_US");
  long delay_us = text == NULL ? 0 : atol(text);
  struct timespec delay = {delay_us / 1000000, (delay_us % 1000000) * 1000};
  nanosleep(&delay, NULL);
}

int fsync(int fd) {
  static int (*original)(int) = NULL;
  if (original == NULL) original = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_as_disks_do();
  return original(fd);
}

int fdatasync(int fd) {
  static int (*original)(int) = NULL;
  if (original == NULL) original = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_as_disks_do();
  return original(fd);
}
