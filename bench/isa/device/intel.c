// Intel, by the kernel driver xe, which serves every generation from Tiger Lake on.
#include "device.h"
#include <drm/drm.h>
#include <drm/xe_drm.h>

static int reply(struct drm_xe_device_query *query, const void *data, size_t size) {
  if (query->size) memcpy((void *)(uintptr_t)query->data, data, size < query->size ? size : query->size);
  query->size = size;
  return 0;
}

static int intel_query(struct drm_xe_device_query *query) {
  int discrete = !strcmp(gpu.name, "dg2") || !strcmp(gpu.name, "bmg"), xe2 = (gpu.detail >> 8) >= 20;
  switch (query->query) {
    case DRM_XE_DEVICE_QUERY_ENGINES: {
      struct { struct drm_xe_query_engines head; struct drm_xe_engine engines[2]; } a = {.head.num_engines = 2};
      a.engines[0].instance.engine_class = DRM_XE_ENGINE_CLASS_RENDER;
      a.engines[1].instance.engine_class = DRM_XE_ENGINE_CLASS_COPY;
      return reply(query, &a, sizeof a);
    }
    case DRM_XE_DEVICE_QUERY_MEM_REGIONS: {
      struct { struct drm_xe_query_mem_regions head; struct drm_xe_mem_region regions[2]; } a = {.head.num_mem_regions = 1 + discrete};
      a.regions[0] = (struct drm_xe_mem_region){.mem_class = DRM_XE_MEM_REGION_CLASS_SYSMEM, .min_page_size = 4096, .total_size = 16 * GIB};
      a.regions[1] = (struct drm_xe_mem_region){.mem_class = DRM_XE_MEM_REGION_CLASS_VRAM, .instance = 1, .min_page_size = 65536,
                                                .total_size = 12 * GIB, .cpu_visible_size = 12 * GIB};
      return reply(query, &a, sizeof a.head + (1 + discrete) * sizeof *a.regions);
    }
    case DRM_XE_DEVICE_QUERY_CONFIG: {
      struct { struct drm_xe_query_config head; uint64_t info[5]; } a = {.head.num_params = 5};
      a.info[DRM_XE_QUERY_CONFIG_REV_AND_DEVICE_ID] = gpu.id | 4 << 16;
      a.info[DRM_XE_QUERY_CONFIG_FLAGS] = discrete;
      a.info[DRM_XE_QUERY_CONFIG_MIN_ALIGNMENT] = 65536;
      a.info[DRM_XE_QUERY_CONFIG_VA_BITS] = 48;
      a.info[DRM_XE_QUERY_CONFIG_MAX_EXEC_QUEUE_PRIORITY] = 1;
      return reply(query, &a, sizeof a);
    }
    case DRM_XE_DEVICE_QUERY_GT_LIST: {
      struct { struct drm_xe_query_gt_list head; struct drm_xe_gt gts[1]; } a = {.head.num_gt = 1};
      a.gts[0] = (struct drm_xe_gt){.type = DRM_XE_QUERY_GT_TYPE_MAIN, .reference_clock = 19200000, .near_mem_regions = 1, .ip_ver_major = gpu.detail >> 8,
                                    .ip_ver_minor = gpu.detail & 0xff, .ip_ver_rev = 4};
      return reply(query, &a, sizeof a);
    }
    case DRM_XE_DEVICE_QUERY_GT_TOPOLOGY: {
      // 6 or more subslices of 16 (Xe2: 8 wide) execution units.
      struct mask { uint16_t gt, type; uint32_t bytes; uint8_t bits[8]; } a[4] = {
          {0, DRM_XE_TOPO_DSS_GEOMETRY, 8, {0x3f}},
          {0, DRM_XE_TOPO_DSS_COMPUTE, 8, {0x3f}},
          {0, DRM_XE_TOPO_L3_BANK, 8, {0xff}},
          {0, xe2 ? DRM_XE_TOPO_SIMD16_EU_PER_DSS : DRM_XE_TOPO_EU_PER_DSS, 8, {0xff, xe2 ? 0 : 0xff}},
      };
      if (discrete) memset(a[0].bits, 0xff, 4), memset(a[1].bits, 0xff, 4);
      return reply(query, a, sizeof a);
    }
    case DRM_XE_DEVICE_QUERY_HWCONFIG: return query->size = 0, 0;  // nothing to add to the driver's own table
    default: return refuse("query", query->query);
  }
}

int answer_intel(unsigned command, void *arg) {
  switch (command) {
    case DRM_XE_DEVICE_QUERY: return intel_query(arg);
    case DRM_XE_GEM_CREATE: {
      struct drm_xe_gem_create *a = arg;
      a->handle = make_buffer(a->size);
      return 0;
    }
    case DRM_XE_GEM_MMAP_OFFSET: {
      struct drm_xe_gem_mmap_offset *a = arg;
      a->offset = buffer_offset(a->handle);
      return 0;
    }
    case DRM_XE_VM_CREATE: return ((struct drm_xe_vm_create *)arg)->vm_id = make_id(), 0;
    case DRM_XE_EXEC_QUEUE_CREATE: return ((struct drm_xe_exec_queue_create *)arg)->exec_queue_id = make_id(), 0;
    case DRM_XE_EXEC_QUEUE_GET_PROPERTY: return ((struct drm_xe_exec_queue_get_property *)arg)->value = 0, 0;
    case DRM_XE_VM_DESTROY: case DRM_XE_VM_BIND: case DRM_XE_EXEC_QUEUE_DESTROY: case DRM_XE_EXEC: case DRM_XE_WAIT_USER_FENCE: return 0;
    default: return refuse("ioctl", command);
  }
}
