// Adreno, by the kernel driver msm.
#include "device.h"
#include <drm/drm.h>
#include <drm/msm_drm.h>

int answer_adreno(unsigned command, void *arg) {
  switch (command) {
    case DRM_MSM_GET_PARAM: {
      struct drm_msm_param *a = arg;
      switch (a->param) {
        case MSM_PARAM_GPU_ID: a->value = gpu.id >> 24 == 6 ? gpu.detail : 0; return 0;
        case MSM_PARAM_CHIP_ID: a->value = gpu.id; return 0;
        case MSM_PARAM_GMEM_SIZE: a->value = 2 << 20; return 0;
        case MSM_PARAM_GMEM_BASE: a->value = 1 << 20; return 0;
        case MSM_PARAM_MAX_FREQ: a->value = 1000000; return 0;
        case MSM_PARAM_PRIORITIES: a->value = 1; return 0;
        case MSM_PARAM_VA_START: case MSM_PARAM_VA_SIZE: a->value = 1ull << 32; return 0;
        case MSM_PARAM_TIMESTAMP: case MSM_PARAM_FAULTS: case MSM_PARAM_SUSPENDS: case MSM_PARAM_RAYTRACING: a->value = 0; return 0;
        case MSM_PARAM_HIGHEST_BANK_BIT: a->value = 15; return 0;
        case MSM_PARAM_UCHE_TRAP_BASE: a->value = 0x1fffffffff000ull; return 0;
        case MSM_PARAM_HAS_PRR: a->value = 0; return 0;
        default: return refuse("parameter", a->param);
      }
    }
    case DRM_MSM_GEM_NEW: {
      struct drm_msm_gem_new *a = arg;
      a->handle = make_buffer(a->size);
      return 0;
    }
    case DRM_MSM_GEM_INFO: {
      struct drm_msm_gem_info *a = arg;
      if (a->info == MSM_INFO_GET_OFFSET) a->value = buffer_offset(a->handle);
      if (a->info == MSM_INFO_GET_IOVA) a->value = (1ull << 32) + buffer_offset(a->handle);
      return 0;
    }
    case DRM_MSM_GEM_MADVISE: return ((struct drm_msm_gem_madvise *)arg)->retained = 1, 0;
    case DRM_MSM_SUBMITQUEUE_NEW: return ((struct drm_msm_submitqueue *)arg)->id = make_id(), 0;
    case DRM_MSM_SET_PARAM: return ((struct drm_msm_param *)arg)->param == 0x16 ? refuse("parameter", 0x16) : 0;
    default: return 0;
  }
}
