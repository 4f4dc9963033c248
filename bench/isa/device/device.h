// What the stand-in for a GPU's kernel driver shares: the GPU that is pretended, its buffers, and the
// drivers' ioctls. One file a vendor answers those.
#pragma once
#include <errno.h>
#include <stdint.h>
#include <string.h>

#define GIB (1ull << 30)

enum vendor { INTEL, ADRENO, MALI, NVIDIA, APPLE, VENDORS };

struct gpu {
  const char *name;
  enum vendor vendor;
  // What the driver tells GPUs by: PCI id, chip id, GPU_ID register, chipset, generation.
  uint64_t id;
  // Intel: version of the graphics IP; Adreno: number; NVIDIA: upper byte of the compute and 3D classes; Apple: variant.
  uint32_t detail;
};

extern struct gpu gpu;

// A buffer is a range of the device node's file, which mmap finds by its offset.
uint32_t make_buffer(uint64_t size);
uint64_t buffer_offset(uint32_t handle);
uint64_t buffer_size(uint32_t handle);

// Names of queues, address spaces and the like: they count up from 1.
uint32_t make_id(void);

// The answer to what the stand-in does not know: ISA_TRACE=1 prints it.
int refuse(const char *what, uint64_t number);

// Each answers the ioctls of its own kernel driver, numbered from DRM_COMMAND_BASE.
int answer_intel(unsigned command, void *argument);
int answer_adreno(unsigned command, void *argument);
int answer_mali(unsigned command, void *argument);
int answer_nvidia(unsigned command, void *argument);
int answer_apple(unsigned command, void *argument);
