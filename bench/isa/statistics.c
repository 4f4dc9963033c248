// A Vulkan layer that prints on standard error what the driver's compiler says of every compute pipeline
// (VK_KHR_pipeline_executable_properties, which it asks for itself):
//   REQUIRED subgroup size N      where the application demands one
//   EXECUTABLE name subgroup N
//   STAT name = value
//   TEXT name ... TEXT END        the last internal representation, which is the assembly
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

static struct {
  VkInstance instance;
  PFN_vkGetInstanceProcAddr instance_proc;
  PFN_vkGetDeviceProcAddr device_proc;
} next;

#define OF_INSTANCE(name) ((PFN_##name)next.instance_proc(next.instance, #name))
#define OF_DEVICE(name) ((PFN_##name)next.device_proc(device, #name))

static void *chain_link(const void *chain, VkStructureType type) {
  const VkLayerInstanceCreateInfo *at = chain;
  while (at && (at->sType != type || at->function != VK_LAYER_LINK_INFO)) at = at->pNext;
  return (void *)at;
}

static void write_all(const char *text, size_t length) {
  for (ssize_t written; length > 0; text += written, length -= (size_t)written) {
    written = write(STDERR_FILENO, text, length);
    if (written <= 0) abort();
  }
}

static void say(const char *format, ...) {
  char line[512];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(line, sizeof line, format, values);
  va_end(values);
  write_all(line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

static VkResult VKAPI_CALL createInstance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *callbacks,
                                          VkInstance *made) {
  VkLayerInstanceCreateInfo *link = chain_link(info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next.instance_proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  VkResult result = ((PFN_vkCreateInstance)next.instance_proc(NULL, "vkCreateInstance"))(info, callbacks, made);
  if (result == VK_SUCCESS) next.instance = *made;
  return result;
}

// With the extension where the driver has it.
static VkResult VKAPI_CALL createDevice(VkPhysicalDevice gpu, const VkDeviceCreateInfo *info,
                                        const VkAllocationCallbacks *callbacks, VkDevice *made) {
  VkLayerDeviceCreateInfo *link = chain_link(info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next.device_proc = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  PFN_vkCreateDevice create = OF_INSTANCE(vkCreateDevice);
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR feature = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
      .pNext = (void *)info->pNext,
      .pipelineExecutableInfo = VK_TRUE,
  };
  uint32_t count = info->enabledExtensionCount;
  const char **names = malloc((count + 1) * sizeof *names);
  if (!names) return VK_ERROR_OUT_OF_HOST_MEMORY;
  for (uint32_t i = 0; i < count; i++) names[i] = info->ppEnabledExtensionNames[i];
  names[count] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  VkDeviceCreateInfo more = *info;
  more.pNext = &feature;
  more.enabledExtensionCount = count + 1;
  more.ppEnabledExtensionNames = names;
  VkResult result = create(gpu, &more, callbacks, made);
  free(names);
  return result == VK_ERROR_EXTENSION_NOT_PRESENT ? create(gpu, info, callbacks, made) : result;
}

static void say_statistics(VkDevice device, const VkPipelineExecutableInfoKHR *which) {
  uint32_t count = 0;
  OF_DEVICE(vkGetPipelineExecutableStatisticsKHR)(device, which, &count, NULL);
  VkPipelineExecutableStatisticKHR *all = calloc(count, sizeof *all);
  for (uint32_t i = 0; i < count; i++) all[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
  OF_DEVICE(vkGetPipelineExecutableStatisticsKHR)(device, which, &count, all);
  for (uint32_t i = 0; i < count; i++) {
    if (all[i].format == VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR) say("STAT %s = %f\n", all[i].name, all[i].value.f64);
    else say("STAT %s = %lld\n", all[i].name, (long long)all[i].value.i64);
  }
  free(all);
}

// Only the last text is wanted, but they are told all at once.
static void say_assembly(VkDevice device, const VkPipelineExecutableInfoKHR *which) {
  uint32_t count = 0;
  OF_DEVICE(vkGetPipelineExecutableInternalRepresentationsKHR)(device, which, &count, NULL);
  if (count == 0) return;
  VkPipelineExecutableInternalRepresentationKHR *all = calloc(count, sizeof *all);
  for (uint32_t i = 0; i < count; i++) all[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
  OF_DEVICE(vkGetPipelineExecutableInternalRepresentationsKHR)(device, which, &count, all);
  VkPipelineExecutableInternalRepresentationKHR *last = &all[count - 1];
  for (uint32_t i = 0; i < count; i++) all[i].pData = all[i].dataSize ? calloc(1, all[i].dataSize + 1) : NULL;
  OF_DEVICE(vkGetPipelineExecutableInternalRepresentationsKHR)(device, which, &count, all);
  if (last->isText && last->pData) {
    say("TEXT %s\n", last->name);
    write_all(last->pData, strlen(last->pData));
    say("\nTEXT END\n");
  }
  for (uint32_t i = 0; i < count; i++) free(all[i].pData);
  free(all);
}

static void say_pipeline(VkDevice device, VkPipeline pipeline) {
  PFN_vkGetPipelineExecutablePropertiesKHR executables = OF_DEVICE(vkGetPipelineExecutablePropertiesKHR);
  if (!executables) return;
  VkPipelineInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipeline};
  uint32_t count = 0;
  executables(device, &info, &count, NULL);
  VkPipelineExecutablePropertiesKHR *all = calloc(count, sizeof *all);
  for (uint32_t i = 0; i < count; i++) all[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR;
  executables(device, &info, &count, all);
  for (uint32_t i = 0; i < count; i++) {
    say("EXECUTABLE %s subgroup %u\n", all[i].name, all[i].subgroupSize);
    VkPipelineExecutableInfoKHR which = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline, .executableIndex = i};
    say_statistics(device, &which);
    say_assembly(device, &which);
  }
  free(all);
}

static void say_required_subgroup(const void *chain) {
  for (const VkBaseInStructure *at = chain; at; at = at->pNext) {
    if (at->sType != VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO) continue;
    say("REQUIRED subgroup size %u\n",
        ((const VkPipelineShaderStageRequiredSubgroupSizeCreateInfo *)at)->requiredSubgroupSize);
  }
}

// Without the cache, so that each pipeline is compiled.
static VkResult VKAPI_CALL createPipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                           const VkComputePipelineCreateInfo *infos,
                                           const VkAllocationCallbacks *callbacks, VkPipeline *made) {
  (void)cache;
  VkComputePipelineCreateInfo *copies = calloc(count, sizeof *copies);
  for (uint32_t i = 0; i < count; i++) {
    copies[i] = infos[i];
    copies[i].flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR |
                       VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
    say_required_subgroup(infos[i].stage.pNext);
  }
  VkResult result = OF_DEVICE(vkCreateComputePipelines)(device, VK_NULL_HANDLE, count, copies, callbacks, made);
  free(copies);
  for (uint32_t i = 0; i < count && result == VK_SUCCESS; i++) say_pipeline(device, made[i]);
  return result;
}

// Mali's driver misses one limit that WebGPU wants and compute shaders do not need.
static void raise_limits(VkPhysicalDeviceLimits *limits) {
  if (limits->maxImageDimension3D < 2048) limits->maxImageDimension3D = 2048;
}

static void VKAPI_CALL properties(VkPhysicalDevice gpu, VkPhysicalDeviceProperties *found) {
  OF_INSTANCE(vkGetPhysicalDeviceProperties)(gpu, found);
  raise_limits(&found->limits);
}

static void VKAPI_CALL properties2(VkPhysicalDevice gpu, VkPhysicalDeviceProperties2 *found) {
  OF_INSTANCE(vkGetPhysicalDeviceProperties2)(gpu, found);
  raise_limits(&found->properties.limits);
}

static PFN_vkVoidFunction VKAPI_CALL deviceProc(VkDevice device, const char *name) {
  if (!strcmp(name, "vkGetDeviceProcAddr")) return (PFN_vkVoidFunction)deviceProc;
  if (!strcmp(name, "vkCreateComputePipelines")) return (PFN_vkVoidFunction)createPipelines;
  return next.device_proc(device, name);
}

static PFN_vkVoidFunction VKAPI_CALL instanceProc(VkInstance instance, const char *name) {
  if (!strcmp(name, "vkGetInstanceProcAddr")) return (PFN_vkVoidFunction)instanceProc;
  if (!strcmp(name, "vkGetDeviceProcAddr")) return (PFN_vkVoidFunction)deviceProc;
  if (!strcmp(name, "vkCreateInstance")) return (PFN_vkVoidFunction)createInstance;
  if (!strcmp(name, "vkCreateDevice")) return (PFN_vkVoidFunction)createDevice;
  if (!strcmp(name, "vkCreateComputePipelines")) return (PFN_vkVoidFunction)createPipelines;
  if (!strcmp(name, "vkGetPhysicalDeviceProperties")) return (PFN_vkVoidFunction)properties;
  if (!strncmp(name, "vkGetPhysicalDeviceProperties2", 30)) return (PFN_vkVoidFunction)properties2;
  return next.instance_proc ? next.instance_proc(instance, name) : NULL;
}

VKAPI_ATTR VkResult VKAPI_CALL vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *negotiation) {
  if (negotiation->loaderLayerInterfaceVersion > 2) negotiation->loaderLayerInterfaceVersion = 2;
  negotiation->pfnGetInstanceProcAddr = instanceProc;
  negotiation->pfnGetDeviceProcAddr = deviceProc;
  negotiation->pfnGetPhysicalDeviceProcAddr = NULL;
  return VK_SUCCESS;
}
