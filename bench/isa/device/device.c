// A preloaded library that stands in for the kernel side of one GPU, as far as Mesa's Vulkan drivers ask
// before they compile: the list that libdrm gives, the device node, and the ioctls. Nothing executes. The
// node is a file in memory and a buffer is a range of it, so that mmap works as it is.
//   ISA_GPU     a name of the table below
//   ISA_TRACE   1 prints every ioctl on standard error
#define _GNU_SOURCE
#include "device.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <drm/drm.h>
#include <xf86drm.h>

#define NODE "/dev/dri/renderD128"

static const struct gpu gpus[] = {
    {"tgl", INTEL, 0x9a49, 0},          // Tiger Lake, Gen12
    {"adl", INTEL, 0x46a6, 0},          // Alder Lake P, Gen12
    {"mtl", INTEL, 0x7d55, 0},          // Meteor Lake, Gen12.7
    {"dg2", INTEL, 0x56a0, 0},          // Arc A770, Gen12.5
    {"lnl", INTEL, 0x64a0, 20 << 8 | 4},  // Lunar Lake, Xe2
    {"bmg", INTEL, 0xe20b, 20 << 8 | 1},  // Arc B580, Xe2
    {"a618", ADRENO, 0x06010800, 618},
    {"a630", ADRENO, 0x06030000, 630},
    {"a650", ADRENO, 0x06050000, 650},
    {"a660", ADRENO, 0x06060000, 660},
    {"a730", ADRENO, 0x07030001, 730},
    {"a740", ADRENO, 0x43050a01, 740},
    {"a750", ADRENO, 0x43051401, 750},
    {"x185", ADRENO, 0xffff43050c01, 741},  // Snapdragon X Elite
    {"g610", MALI, 0xa8670000, 0},      // Valhall, v10
    {"g720", MALI, 0xc8700000, 0},      // fifth generation, v12
    {"g725", MALI, 0xd8300000, 0},      // v13
    {"tu102", NVIDIA, 0x162, 0xc5},     // Turing
    {"ga102", NVIDIA, 0x172, 0xc7},     // Ampere
    {"ad102", NVIDIA, 0x192, 0xc9},     // Ada
    {"m1", APPLE, 13, 'G'},
    {"m2", APPLE, 14, 'G'},
};

struct gpu gpu;
static int trace;

static void choose_gpu(void) {
  const char *wanted = getenv("ISA_GPU");
  if (gpu.name || !wanted) return;
  trace = getenv("ISA_TRACE") != NULL;
  for (size_t i = 0; i < sizeof gpus / sizeof *gpus; i++)
    if (strcmp(gpus[i].name, wanted) == 0) gpu = gpus[i];
  if (!gpu.name) fprintf(stderr, "device.c knows no GPU called %s\n", wanted), _exit(2);
}

int refuse(const char *what, uint64_t number) {
  if (trace) fprintf(stderr, "%s: refused %s %llu\n", gpu.name, what, (unsigned long long)number);
  return errno = EINVAL, -1;
}

uint32_t make_id(void) {
  static uint32_t id = 1;
  return id++;
}

static struct { uint64_t offset, size; } buffers[1 << 16];

uint32_t make_buffer(uint64_t size) {
  static uint32_t count = 1;
  static uint64_t end = 1 << 20;
  if (count >= 1 << 16) fprintf(stderr, "device.c has no room for more buffers\n"), _exit(2);
  uint32_t handle = count++;
  end = (end + 0xffff) & ~0xffffull;
  buffers[handle].offset = end;
  buffers[handle].size = size;
  end += size;
  return handle;
}

uint64_t buffer_offset(uint32_t handle) { return buffers[handle].offset; }
uint64_t buffer_size(uint32_t handle) { return buffers[handle].size; }

// Files: the device node is a memfd with room for everything, also for Panthor's register page at 1 << 56.

static int is_node(const char *path) { return path && strncmp(path, "/dev/dri/", 9) == 0; }

static int open_node(void) {
  int fd = memfd_create("esrgan_isa", MFD_CLOEXEC);
  if (fd >= 0 && ftruncate(fd, (off_t)1 << 57)) ftruncate(fd, (off_t)1 << 46);
  return fd;
}

static void become_node(struct stat *s) {
  memset(s, 0, sizeof *s);
  s->st_mode = S_IFCHR | 0666;
  s->st_rdev = makedev(226, 128);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define OPEN(name)                                             \
  int name(const char *path, int flags, ...) {                 \
    va_list more;                                              \
    va_start(more, flags);                                     \
    int mode = va_arg(more, int);                              \
    va_end(more);                                              \
    if (getenv("ISA_GPU") && is_node(path)) return open_node(); \
    return REAL(name)(path, flags, mode);                      \
  }
OPEN(open)
OPEN(open64)

#define STAT(name, type)                                                                   \
  int name(const char *path, type *s) {                                                    \
    if (getenv("ISA_GPU") && is_node(path)) return become_node((struct stat *)s), 0;      \
    return REAL(name)(path, s);                                                            \
  }
STAT(stat, struct stat)
STAT(stat64, struct stat64)

static int is_memfd(int fd) {
  char link[64], target[64] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  return readlink(link, target, sizeof target - 1) > 0 && strstr(target, "memfd:esrgan_isa");
}

#define FSTAT(name, type)                                                          \
  int name(int fd, type *s) {                                                      \
    int result = REAL(name)(fd, s);                                                \
    if (result == 0 && getenv("ISA_GPU") && is_memfd(fd)) become_node((struct stat *)s); \
    return result;                                                                 \
  }
FSTAT(fstat, struct stat)
FSTAT(fstat64, struct stat64)

int access(const char *path, int mode) { return getenv("ISA_GPU") && is_node(path) ? 0 : REAL(access)(path, mode); }

// libdrm's list of devices.

static drmDevicePtr make_device(void) {
  struct all {
    drmDevice device;
    char *nodes[3];
    char render[32];
    union {
      drmPciBusInfo pci;
      drmPlatformBusInfo platform;
    } bus;
    union {
      drmPciDeviceInfo pci;
      drmPlatformDeviceInfo platform;
    } info;
    char *compatible[2];
  } *all = calloc(1, sizeof *all);
  drmDevice *d = &all->device;
  strcpy(all->render, NODE);
  all->nodes[DRM_NODE_RENDER] = all->nodes[DRM_NODE_PRIMARY] = all->nodes[DRM_NODE_CONTROL] = all->render;
  d->nodes = all->nodes;
  d->available_nodes = 1 << DRM_NODE_RENDER;
  if (gpu.vendor == INTEL || gpu.vendor == NVIDIA) {
    d->bustype = DRM_BUS_PCI;
    all->bus.pci = (drmPciBusInfo){.bus = gpu.vendor == INTEL ? 0 : 1, .dev = gpu.vendor == INTEL ? 2 : 0};
    all->info.pci = (drmPciDeviceInfo){.vendor_id = gpu.vendor == INTEL ? 0x8086 : 0x10de, .device_id = gpu.vendor == INTEL ? gpu.id : 0x2204};
    d->businfo.pci = &all->bus.pci;
    d->deviceinfo.pci = &all->info.pci;
  } else {
    d->bustype = DRM_BUS_PLATFORM;
    strcpy(all->bus.platform.fullname, "/soc/gpu");
    all->compatible[0] = gpu.vendor == MALI ? "arm,mali-valhall-csf" : gpu.vendor == ADRENO ? "qcom,adreno" : "apple,agx-t8103";
    all->info.platform.compatible = all->compatible;
    d->businfo.platform = &all->bus.platform;
    d->deviceinfo.platform = &all->info.platform;
  }
  return d;
}

int drmGetDevices2(uint32_t flags, drmDevicePtr devices[], int max) {
  (void)flags;
  choose_gpu();
  if (!gpu.name) return 0;
  if (devices && max > 0) devices[0] = make_device();
  return 1;
}
int drmGetDevices(drmDevicePtr devices[], int max) { return drmGetDevices2(0, devices, max); }
int drmGetDevice2(int fd, uint32_t flags, drmDevicePtr *device) {
  (void)fd, (void)flags;
  choose_gpu();
  *device = make_device();
  return 0;
}
int drmGetDevice(int fd, drmDevicePtr *device) { return drmGetDevice2(fd, 0, device); }
int drmGetDeviceFromDevId(dev_t id, uint32_t flags, drmDevicePtr *device) { return drmGetDevice2((int)id, flags, device); }
void drmFreeDevice(drmDevicePtr *device) { free(*device), *device = NULL; }
void drmFreeDevices(drmDevicePtr devices[], int count) {
  for (int i = 0; i < count; i++) drmFreeDevice(&devices[i]);
}
int drmGetNodeTypeFromFd(int fd) { return (void)fd, DRM_NODE_RENDER; }
char *drmGetRenderDeviceNameFromFd(int fd) { return (void)fd, strdup(NODE); }
char *drmGetDeviceNameFromFd2(int fd) { return (void)fd, strdup(NODE); }

// What every DRM driver has, by the number of the ioctl.
static int answer_common(int fd, unsigned long request, unsigned number, void *arg) {
  switch (number) {
    case 0x00: {
      static const char *const names[VENDORS] = {"xe", "msm", "panthor", "nouveau", "asahi"};
      static const struct { int major, minor; } versions[] = {{1, 1}, {1, 12}, {1, 5}, {1, 4}, {1, 0}};
      struct drm_version *v = arg;
      const char *name = names[gpu.vendor];
      v->version_major = versions[gpu.vendor].major;
      v->version_minor = versions[gpu.vendor].minor;
      v->version_patchlevel = gpu.vendor == NVIDIA ? 2 : 0;
      if (v->name && v->name_len) strncpy(v->name, name, v->name_len);
      v->name_len = strlen(name);
      v->date_len = v->desc_len = 0;
      return 0;
    }
    case 0x0c: return ((struct drm_get_cap *)arg)->value = 1, 0;
    case 0x2d: return ((struct drm_prime_handle *)arg)->fd = dup(fd), 0;
    case 0x2e: return ((struct drm_prime_handle *)arg)->handle = 1, 0;
    case 0xbf: return ((struct drm_syncobj_create *)arg)->handle = make_id(), 0;
    case 0xc1: return ((struct drm_syncobj_handle *)arg)->fd = dup(fd), 0;
    case 0xc2: return ((struct drm_syncobj_handle *)arg)->handle = make_id(), 0;
    case 0x09: case 0x0d: case 0xc0: case 0xc3: case 0xc4: case 0xc5: case 0xca: case 0xcb: case 0xcc: case 0xcd: return 0;
    default: return (void)request, refuse("common ioctl", number);
  }
}

int ioctl(int fd, unsigned long request, ...) {
  va_list more;
  va_start(more, request);
  void *argument = va_arg(more, void *);
  va_end(more);
  if (_IOC_TYPE(request) != DRM_IOCTL_BASE || !getenv("ISA_GPU")) return REAL(ioctl)(fd, request, argument);
  choose_gpu();
  static int (*const drivers[VENDORS])(unsigned, void *) = {answer_intel, answer_adreno, answer_mali, answer_nvidia, answer_apple};
  unsigned number = _IOC_NR(request), command = number - DRM_COMMAND_BASE;
  int is_driver = command < DRM_COMMAND_END - DRM_COMMAND_BASE;
  int result = is_driver ? drivers[gpu.vendor](command, argument) : answer_common(fd, request, number, argument);
  if (trace) fprintf(stderr, "%s: ioctl %s %#x = %d\n", gpu.name, is_driver ? "driver" : "common", is_driver ? command : number, result);
  return result;
}
