// Mali, by the kernel driver panthor.
#include "device.h"
#include <drm/drm.h>
#include <drm/panthor_drm.h>

int answer_mali(unsigned command, void *arg) {
  switch (command) {
    case DRM_PANTHOR_DEV_QUERY: {
      struct drm_panthor_dev_query *a = arg;
      // The registers of a Mali-G610; what matters to the compiler is gpu_id.
      struct drm_panthor_gpu_info info = {.gpu_id = gpu.id, .csf_id = 0x40a0412, .l2_features = 0x7120306, .tiler_features = 0x809,
          .mem_features = 0x301, .mmu_features = 0x2830, .thread_features = 0x4010000, .max_threads = 2048, .thread_max_workgroup_size = 1024,
          .thread_max_barrier_size = 1024, .texture_features = {0xc1ffff9e}, .as_present = 0xff, .shader_present = 0x50005, .l2_present = 1, .tiler_present = 1};
      struct drm_panthor_csif_info csif = {.csg_slot_count = 8, .cs_slot_count = 8, .cs_reg_count = 96, .scoreboard_slot_count = 8, .unpreserved_cs_reg_count = 4};
      struct drm_panthor_timestamp_info time = {.timestamp_frequency = 1000000};
      struct drm_panthor_group_priorities_info priorities = {.allowed_mask = 3};
      struct drm_panthor_mmu_info mmu = {.page_size_bitmap = 4096 | 2 << 20};
      const struct { const void *data; uint32_t size; } answers[] = {{&info, sizeof info}, {&csif, sizeof csif}, {&time, sizeof time},
          {&priorities, sizeof priorities}, {&mmu, sizeof mmu}};
      if (a->type >= 5) return refuse("query", a->type);
      uint32_t size = answers[a->type].size;
      if (a->pointer) memcpy((void *)(uintptr_t)a->pointer, answers[a->type].data, size < a->size ? size : a->size);
      else a->size = size;
      return 0;
    }
    case DRM_PANTHOR_BO_CREATE: {
      struct drm_panthor_bo_create *a = arg;
      a->handle = make_buffer(a->size);
      return 0;
    }
    case DRM_PANTHOR_BO_MMAP_OFFSET: {
      struct drm_panthor_bo_mmap_offset *a = arg;
      a->offset = buffer_offset(a->handle);
      return 0;
    }
    case DRM_PANTHOR_VM_CREATE: {
      struct drm_panthor_vm_create *a = arg;
      a->id = make_id();
      if (!a->user_va_range) a->user_va_range = 1ull << 47;
      return 0;
    }
    case DRM_PANTHOR_GROUP_CREATE: return ((struct drm_panthor_group_create *)arg)->group_handle = make_id(), 0;
    case DRM_PANTHOR_TILER_HEAP_CREATE: return ((struct drm_panthor_tiler_heap_create *)arg)->handle = make_id(), 0;
    default: return 0;
  }
}
