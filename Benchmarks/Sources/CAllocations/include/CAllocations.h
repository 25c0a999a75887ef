#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdint.h>

/// How often this process has asked for heap memory: malloc, calloc, realloc, and the aligned ones.
uint64_t allocations_count(void);

/// How many octets it asked for.
uint64_t allocations_octets(void);

/// How long this process was on a processor, in nanoseconds.
uint64_t processor_nanoseconds(void);

#endif
