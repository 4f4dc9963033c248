// Apple, by the kernel driver asahi.
#include "device.h"
#include <drm/drm.h>
#include <drm/asahi_drm.h>

int answer_apple(unsigned command, void *arg) {
  switch (command) {
    case DRM_ASAHI_GET_PARAMS: {
      struct drm_asahi_get_params *a = arg;
      struct drm_asahi_params_global p = {.features = DRM_ASAHI_FEATURE_SOFT_FAULTS, .gpu_generation = gpu.id, .gpu_variant = gpu.detail, .gpu_revision = 0x11,
          .chip_id = gpu.id == 13 ? 0x8103 : 0x8112, .num_dies = 1, .num_clusters_total = 1, .num_cores_per_cluster = 8, .max_frequency_khz = 1278000, .core_masks = {0xff},
          .vm_start = 1 << 14, .vm_end = 1ull << 39, .vm_kernel_min_size = 1ull << 29, .max_commands_per_submission = 64, .max_attachments = 16, .command_timestamp_frequency_hz = 24000000};
      memcpy((void *)(uintptr_t)a->pointer, &p, a->size < sizeof p ? a->size : sizeof p);
      a->size = sizeof p;
      return 0;
    }
    case DRM_ASAHI_GEM_CREATE: {
      struct drm_asahi_gem_create *a = arg;
      a->handle = make_buffer(a->size);
      return 0;
    }
    case DRM_ASAHI_GEM_MMAP_OFFSET: {
      struct drm_asahi_gem_mmap_offset *a = arg;
      a->offset = buffer_offset(a->handle);
      return 0;
    }
    case DRM_ASAHI_VM_CREATE: return ((struct drm_asahi_vm_create *)arg)->vm_id = make_id(), 0;
    case DRM_ASAHI_QUEUE_CREATE: return ((struct drm_asahi_queue_create *)arg)->queue_id = make_id(), 0;
    case DRM_ASAHI_GEM_BIND_OBJECT: return ((struct drm_asahi_gem_bind_object *)arg)->object_handle = make_id(), 0;
    default: return 0;
  }
}
