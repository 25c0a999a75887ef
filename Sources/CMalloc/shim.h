// The settings of Glibc's allocator, which Swift's module of Glibc leaves out. Empty elsewhere.
#pragma once
#if defined(__linux__)
#include <features.h>
#endif
#if defined(__GLIBC__)
#include <malloc.h>
#endif
