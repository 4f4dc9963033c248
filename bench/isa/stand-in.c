// A Vulkan layer that stands in for a GPU's memory and execution. Mesa's AMD driver can be asked to compile for a GPU that the
// machine does not have (RADV_FORCE_FAMILY), but then gives no memory and runs nothing, so that no WebGPU implementation
// starts on it. With this layer in between it does: memory is the host's, what is recorded or submitted is dropped, every wait
// is over at once. Results are zeros; shaders go through the compiler as on the real GPU.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

static struct {
  VkInstance instance;
  PFN_vkGetInstanceProcAddr instance_proc;
  PFN_vkGetDeviceProcAddr device_proc;
} next;

// The loader hands each layer the next one's entry points in a structure of the creation's chain; both chains look alike.
static void *chain_link(const void *chain, VkStructureType type) {
  const VkLayerInstanceCreateInfo *at = chain;
  while (at && (at->sType != type || at->function != VK_LAYER_LINK_INFO)) at = at->pNext;
  return (void *)at;
}

static VkResult VKAPI_CALL createInstance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *callbacks, VkInstance *made) {
  VkLayerInstanceCreateInfo *link = chain_link(info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next.instance_proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  PFN_vkCreateInstance create = (PFN_vkCreateInstance)next.instance_proc(NULL, "vkCreateInstance");
  VkResult result = create(info, callbacks, made);
  if (result == VK_SUCCESS) next.instance = *made;
  return result;
}

static VkResult VKAPI_CALL createDevice(VkPhysicalDevice gpu, const VkDeviceCreateInfo *info, const VkAllocationCallbacks *callbacks, VkDevice *made) {
  VkLayerDeviceCreateInfo *link = chain_link(info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next.device_proc = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  PFN_vkGetInstanceProcAddr instance_proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  return ((PFN_vkCreateDevice)instance_proc(next.instance, "vkCreateDevice"))(gpu, info, callbacks, made);
}

// Memory: a handle is the address of its size and of its bytes, which are made when first mapped and zero.

struct memory {
  VkDeviceSize size;
  char *bytes;
};

static struct memory *memory_of(VkDeviceMemory handle) { return (struct memory *)(uintptr_t)handle; }

static VkResult VKAPI_CALL allocateMemory(VkDevice device, const VkMemoryAllocateInfo *info, const VkAllocationCallbacks *callbacks, VkDeviceMemory *made) {
  (void)device, (void)callbacks;
  struct memory *memory = calloc(1, sizeof *memory);
  if (!memory) return VK_ERROR_OUT_OF_HOST_MEMORY;
  memory->size = info->allocationSize;
  *made = (VkDeviceMemory)(uintptr_t)memory;
  return VK_SUCCESS;
}

static void VKAPI_CALL freeMemory(VkDevice device, VkDeviceMemory handle, const VkAllocationCallbacks *callbacks) {
  (void)device, (void)callbacks;
  if (!handle) return;
  free(memory_of(handle)->bytes);
  free(memory_of(handle));
}

static VkResult VKAPI_CALL mapMemory(VkDevice device, VkDeviceMemory handle, VkDeviceSize offset, VkDeviceSize size, VkMemoryMapFlags flags, void **mapped) {
  (void)device, (void)size, (void)flags;
  struct memory *memory = memory_of(handle);
  if (!memory->bytes) memory->bytes = calloc(1, memory->size);
  if (!memory->bytes) return VK_ERROR_MEMORY_MAP_FAILED;
  *mapped = memory->bytes + offset;
  return VK_SUCCESS;
}

// The one heap has one type of memory, which is good for everything, and everything wants that type.

static void describe_memory(VkPhysicalDeviceMemoryProperties *properties) {
  memset(properties, 0, sizeof *properties);
  properties->memoryHeapCount = 1;
  properties->memoryHeaps[0] = (VkMemoryHeap){.size = (VkDeviceSize)16 << 30, .flags = VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  properties->memoryTypeCount = 1;
  properties->memoryTypes[0].propertyFlags = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                             VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
}

static void VKAPI_CALL memoryProperties(VkPhysicalDevice gpu, VkPhysicalDeviceMemoryProperties *properties) {
  (void)gpu;
  describe_memory(properties);
}

static void VKAPI_CALL memoryProperties2(VkPhysicalDevice gpu, VkPhysicalDeviceMemoryProperties2 *properties) {
  (void)gpu;
  describe_memory(&properties->memoryProperties);
}

static void VKAPI_CALL bufferNeeds(VkDevice device, VkBuffer buffer, VkMemoryRequirements *needs) {
  ((PFN_vkGetBufferMemoryRequirements)next.device_proc(device, "vkGetBufferMemoryRequirements"))(device, buffer, needs);
  needs->memoryTypeBits = 1;
}

static void VKAPI_CALL imageNeeds(VkDevice device, VkImage image, VkMemoryRequirements *needs) {
  ((PFN_vkGetImageMemoryRequirements)next.device_proc(device, "vkGetImageMemoryRequirements"))(device, image, needs);
  needs->memoryTypeBits = 1;
}

static void VKAPI_CALL bufferNeeds2(VkDevice device, const VkBufferMemoryRequirementsInfo2 *buffer, VkMemoryRequirements2 *needs) {
  ((PFN_vkGetBufferMemoryRequirements2)next.device_proc(device, "vkGetBufferMemoryRequirements2"))(device, buffer, needs);
  needs->memoryRequirements.memoryTypeBits = 1;
}

static void VKAPI_CALL imageNeeds2(VkDevice device, const VkImageMemoryRequirementsInfo2 *image, VkMemoryRequirements2 *needs) {
  ((PFN_vkGetImageMemoryRequirements2)next.device_proc(device, "vkGetImageMemoryRequirements2"))(device, image, needs);
  needs->memoryRequirements.memoryTypeBits = 1;
}

// Execution: all is done as soon as it is asked for. A signalled fence or semaphore exports as the file descriptor -1.

static VkResult VKAPI_CALL createFence(VkDevice device, const VkFenceCreateInfo *info, const VkAllocationCallbacks *callbacks, VkFence *made) {
  (void)device, (void)info, (void)callbacks;
  *made = (VkFence)(uintptr_t)1;
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL createSemaphore(VkDevice device, const VkSemaphoreCreateInfo *info, const VkAllocationCallbacks *callbacks, VkSemaphore *made) {
  (void)device, (void)info, (void)callbacks;
  *made = (VkSemaphore)(uintptr_t)1;
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL exportSignalled(VkDevice device, const void *info, int *descriptor) {
  (void)device, (void)info;
  *descriptor = -1;
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL semaphoreValue(VkDevice device, VkSemaphore semaphore, uint64_t *value) {
  (void)device, (void)semaphore;
  *value = UINT64_MAX;
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL queryResults(VkDevice device, VkQueryPool pool, uint32_t first, uint32_t count, size_t size, void *data, VkDeviceSize stride, VkQueryResultFlags flags) {
  (void)device, (void)pool, (void)first, (void)count, (void)stride, (void)flags;
  memset(data, 0, size);
  return VK_SUCCESS;
}

static VkResult succeed(void) { return VK_SUCCESS; }
static void drop(void) {}

static PFN_vkVoidFunction VKAPI_CALL deviceProc(VkDevice device, const char *name);
static PFN_vkVoidFunction VKAPI_CALL instanceProc(VkInstance instance, const char *name);

#define REPLACE(name, function) {name, (PFN_vkVoidFunction)(function)}

static const struct replacement {
  const char *name;
  PFN_vkVoidFunction function;
} of_instance[] = {
    REPLACE("vkGetInstanceProcAddr", instanceProc),
    REPLACE("vkCreateInstance", createInstance),
    REPLACE("vkCreateDevice", createDevice),
    REPLACE("vkGetPhysicalDeviceMemoryProperties", memoryProperties),
    REPLACE("vkGetPhysicalDeviceMemoryProperties2", memoryProperties2),
    REPLACE("vkGetPhysicalDeviceMemoryProperties2KHR", memoryProperties2),
    {NULL, NULL},
}, of_device[] = {
    REPLACE("vkGetDeviceProcAddr", deviceProc),
    REPLACE("vkAllocateMemory", allocateMemory),
    REPLACE("vkFreeMemory", freeMemory),
    REPLACE("vkMapMemory", mapMemory),
    REPLACE("vkUnmapMemory", drop),
    REPLACE("vkFlushMappedMemoryRanges", succeed),
    REPLACE("vkInvalidateMappedMemoryRanges", succeed),
    REPLACE("vkBindBufferMemory", succeed),
    REPLACE("vkBindBufferMemory2", succeed),
    REPLACE("vkBindBufferMemory2KHR", succeed),
    REPLACE("vkBindImageMemory", succeed),
    REPLACE("vkBindImageMemory2", succeed),
    REPLACE("vkBindImageMemory2KHR", succeed),
    REPLACE("vkGetBufferMemoryRequirements", bufferNeeds),
    REPLACE("vkGetBufferMemoryRequirements2", bufferNeeds2),
    REPLACE("vkGetBufferMemoryRequirements2KHR", bufferNeeds2),
    REPLACE("vkGetImageMemoryRequirements", imageNeeds),
    REPLACE("vkGetImageMemoryRequirements2", imageNeeds2),
    REPLACE("vkGetImageMemoryRequirements2KHR", imageNeeds2),
    REPLACE("vkUpdateDescriptorSets", drop),
    REPLACE("vkUpdateDescriptorSetWithTemplate", drop),
    REPLACE("vkUpdateDescriptorSetWithTemplateKHR", drop),
    REPLACE("vkBeginCommandBuffer", succeed),
    REPLACE("vkEndCommandBuffer", succeed),
    REPLACE("vkResetCommandBuffer", succeed),
    REPLACE("vkFreeCommandBuffers", drop),
    REPLACE("vkResetCommandPool", succeed),
    REPLACE("vkDestroyCommandPool", drop),
    REPLACE("vkQueueSubmit", succeed),
    REPLACE("vkQueueSubmit2", succeed),
    REPLACE("vkQueueSubmit2KHR", succeed),
    REPLACE("vkQueueWaitIdle", succeed),
    REPLACE("vkDeviceWaitIdle", succeed),
    REPLACE("vkCreateFence", createFence),
    REPLACE("vkDestroyFence", drop),
    REPLACE("vkResetFences", succeed),
    REPLACE("vkGetFenceStatus", succeed),
    REPLACE("vkWaitForFences", succeed),
    REPLACE("vkGetFenceFdKHR", exportSignalled),
    REPLACE("vkCreateSemaphore", createSemaphore),
    REPLACE("vkDestroySemaphore", drop),
    REPLACE("vkWaitSemaphores", succeed),
    REPLACE("vkWaitSemaphoresKHR", succeed),
    REPLACE("vkGetSemaphoreFdKHR", exportSignalled),
    REPLACE("vkGetSemaphoreCounterValue", semaphoreValue),
    REPLACE("vkGetSemaphoreCounterValueKHR", semaphoreValue),
    REPLACE("vkGetQueryPoolResults", queryResults),
    {NULL, NULL},
};

static PFN_vkVoidFunction replaced(const struct replacement *table, const char *name) {
  for (; table->name; table++)
    if (strcmp(table->name, name) == 0) return table->function;
  return NULL;
}

static PFN_vkVoidFunction device_replacement(const char *name) {
  if (strncmp(name, "vkCmd", 5) == 0) return (PFN_vkVoidFunction)drop;
  return replaced(of_device, name);
}

static PFN_vkVoidFunction VKAPI_CALL deviceProc(VkDevice device, const char *name) {
  PFN_vkVoidFunction found = device_replacement(name);
  return found ? found : next.device_proc(device, name);
}

static PFN_vkVoidFunction VKAPI_CALL instanceProc(VkInstance instance, const char *name) {
  PFN_vkVoidFunction found = replaced(of_instance, name);
  if (!found) found = device_replacement(name);
  if (found || !next.instance_proc) return found;
  return next.instance_proc(instance, name);
}

VKAPI_ATTR VkResult VKAPI_CALL vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *negotiation) {
  if (negotiation->loaderLayerInterfaceVersion > 2) negotiation->loaderLayerInterfaceVersion = 2;
  negotiation->pfnGetInstanceProcAddr = instanceProc;
  negotiation->pfnGetDeviceProcAddr = deviceProc;
  negotiation->pfnGetPhysicalDeviceProcAddr = NULL;
  return VK_SUCCESS;
}
