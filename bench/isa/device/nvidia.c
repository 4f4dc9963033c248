// NVIDIA, by the kernel driver nouveau, whose objects are told by another protocol inside one ioctl.
#include "device.h"
#include <drm/drm.h>
#include <drm/nouveau_drm.h>

int answer_nvidia(unsigned command, void *arg) {
  switch (command) {
    case DRM_NOUVEAU_GETPARAM: {
      struct drm_nouveau_getparam *a = arg;
      switch (a->param) {
        case NOUVEAU_GETPARAM_PCI_DEVICE: a->value = 0x2204; return 0;
        case NOUVEAU_GETPARAM_CHIPSET_ID: a->value = gpu.id; return 0;
        case NOUVEAU_GETPARAM_GRAPH_UNITS: a->value = 7 | 41 << 8; return 0;
        case NOUVEAU_GETPARAM_EXEC_PUSH_MAX: a->value = 512; return 0;
        case NOUVEAU_GETPARAM_VRAM_BAR_SIZE: case NOUVEAU_GETPARAM_FB_SIZE: a->value = 16 * GIB; return 0;
        case NOUVEAU_GETPARAM_VRAM_USED: a->value = 1 << 20; return 0;
        case NOUVEAU_GETPARAM_HAS_VMA_TILEMODE: a->value = 1; return 0;
        case NOUVEAU_GETPARAM_PTIMER_TIME: a->value = 0; return 0;
        default: return refuse("parameter", a->param);
      }
    }
    case DRM_NOUVEAU_NVIF: {
      struct { uint8_t version, type, pad[4], owner, route; uint64_t token, object; uint8_t data[]; } *a = arg;
      if (a->type == 1) {  // the classes of the channel: copy, 2D, 3D, inline copy, compute
        struct { uint8_t version, count, pad[6]; struct { int32_t oclass; int16_t least, most; } list[]; } *classes = (void *)a->data;
        const uint32_t base = gpu.detail << 8, copy = gpu.detail == 0xc9 ? 0xc7b5 : base | 0xb5, all[] = {copy, 0x902d, base | 0x97, 0xa140, base | 0xc0};
        for (int i = 0; i < classes->count && i < 5; i++) classes->list[i].oclass = all[i];
        classes->count = 5;
      } else if (a->type == 4) {  // a method; 0 describes the device
        struct { uint8_t version, method, pad[6]; uint8_t info_version, platform; uint16_t chipset; uint8_t revision, family, pad2[2];
                 uint64_t ram_size, ram_user; char chip[16], name[64]; } *info = (void *)a->data;
        if (info->method == 0) {
          info->platform = 4;
          info->chipset = gpu.id;
          info->ram_size = info->ram_user = 16 * GIB;
          strcpy(info->chip, gpu.name);
          strcpy(info->name, "stand-in");
        }
      }
      return 0;
    }
    case DRM_NOUVEAU_CHANNEL_ALLOC: {
      struct drm_nouveau_channel_alloc *a = arg;
      a->channel = make_id();
      a->notifier_handle = make_buffer(4096);
      return 0;
    }
    case DRM_NOUVEAU_GEM_NEW: {
      struct drm_nouveau_gem_new *a = arg;
      a->info.handle = make_buffer(a->info.size);
      a->info.map_handle = a->info.offset = buffer_offset(a->info.handle);
      return 0;
    }
    case DRM_NOUVEAU_GEM_INFO: {
      struct drm_nouveau_gem_info *a = arg;
      a->map_handle = a->offset = buffer_offset(a->handle);
      a->size = buffer_size(a->handle);
      return 0;
    }
    default: return 0;
  }
}
