/* fuzz: what the fuzz targets share: assertions, and a count of the memory that an input takes. */
#ifndef TG_TESTS_FUZZ_H
#define TG_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Called by libFuzzer with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process with a stack trace, which libFuzzer reports as a finding, unless it is true. */
void demand(bool truth);

/* Counts the bytes of all allocations of the process, those of libraries included, from
 * memory_begin() to memory_end(). */
void memory_begin(void);
/* Demands that no more than `most` bytes were allocated at one time, and that no more than `left`
 * of all inputs so far still are. */
void memory_end(size_t most, size_t left);

#endif
