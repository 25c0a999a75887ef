// Counts what the process asks the heap for. The allocator's functions are defined here, which takes the place of those
// of the C library, and pass on to glibc's own names for them.
#include "CAllocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Atomic uint64_t count;
static _Atomic uint64_t octets;

static void counted(size_t size) {
  atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&octets, size, memory_order_relaxed);
}

uint64_t allocations_count(void) { return atomic_load_explicit(&count, memory_order_relaxed); }

uint64_t allocations_octets(void) { return atomic_load_explicit(&octets, memory_order_relaxed); }

uint64_t processor_nanoseconds(void) {
  struct timespec time = {0, 0};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void *malloc(size_t size) {
  counted(size);
  return __libc_malloc(size);
}

void *calloc(size_t items, size_t size) {
  counted(items * size);
  return __libc_calloc(items, size);
}

void *realloc(void *block, size_t size) {
  counted(size);
  return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
  counted(size);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void *found = memalign(alignment, size);
  if (found == NULL) return ENOMEM;
  *block = found;
  return 0;
}
