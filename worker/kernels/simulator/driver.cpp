// A stand-in for NVIDIA's driver, for tests where there is no GPU: the functions of libcuda that sojourn calls, on
// devices that are made of main memory, with kernels compiled from their own sources. What it does is set by environment
// variables, read when the library is initialised:
//
//   SOJOURN_SIMULATED_UUIDS     devices, by UUID ("GPU-..." or "MIG-...", with commas between); one if not set, none if empty
//   SOJOURN_SIMULATED_MEMORY    bytes of each device; 1 GiB if not set
//   SOJOURN_SIMULATED_VERSION   CUDA version of the driver, as 12010
//   SOJOURN_SIMULATED_INIT      error with which cuInit fails
//   SOJOURN_SIMULATED_FAIL      number of the launch that ends in an illegal address, from one on
//   SOJOURN_SIMULATED_HANG      number of the launch that never ends
//   SOJOURN_SIMULATED_SLOW      number of the launch from which on each takes a second longer
//   SOJOURN_SIMULATED_STATE     file in which processes see each other's memory, and count launches together
//   SOJOURN_SIMULATED_RETURN_MS how long after a process died its memory is free again
//   CUDA_VISIBLE_DEVICES        as of a real driver: numbers or UUIDs, up to the first that is none
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

#include "ledger.hpp"
#include "launch.hpp"

using namespace simulated;

namespace {

enum Result {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_CONTEXT = 201,
    NOT_FOUND = 500,
    ILLEGAL_ADDRESS = 700,
};

constexpr uint64_t CONTEXT_BYTES = 1 << 20;

uint64_t number(const char *variable, uint64_t otherwise) {
    const char *text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::vector<std::string> split(const std::string &text) {
    std::vector<std::string> parts;
    size_t begin = 0;
    while (begin < text.size()) {
        size_t end = text.find(',', begin);
        end = end == std::string::npos ? text.size() : end;
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

struct Context {
    int device;
};

// Everything of this process.
struct Driver {
    std::mutex mutex;
    bool initialised = false;
    std::vector<std::string> uuids;  // of the visible devices
    std::vector<int> places;         // of each in the ledger
    Ledger ledger;
    uint64_t memory = number("SOJOURN_SIMULATED_MEMORY", uint64_t(1) << 30);
    Context contexts[MOST_DEVICES];
    int retained[MOST_DEVICES] = {};
    std::map<uintptr_t, std::pair<int, size_t>> allocations;
    int broken = SUCCESS;  // what every call says once a kernel has failed
};

Driver &driver() {
    static Driver *driver = new Driver;  // never destroyed: threads may outlive main
    return *driver;
}

thread_local Context *current = nullptr;

// Refuses what a broken driver refuses, and what needs a context where there is none.
int ready(bool with_context) {
    Driver &d = driver();
    if (!d.initialised) {
        return NOT_INITIALIZED;
    }
    if (d.broken != SUCCESS) {
        return d.broken;
    }
    return with_context && current == nullptr ? INVALID_CONTEXT : SUCCESS;
}

void find_devices() {
    Driver &d = driver();
    const char *set = std::getenv("SOJOURN_SIMULATED_UUIDS");
    std::vector<std::string> all = split(set == nullptr ? "GPU-51300000-0000-0000-0000-000000000001" : set);
    const char *visible = std::getenv("CUDA_VISIBLE_DEVICES");
    if (visible == nullptr) {
        for (size_t i = 0; i < all.size() && i < MOST_DEVICES; i++) {
            d.uuids.push_back(all[i]);
            d.places.push_back(static_cast<int>(i));
        }
        return;
    }
    for (const std::string &name : split(visible)) {
        bool is_number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
        size_t found = all.size();
        for (size_t i = 0; i < all.size() && i < MOST_DEVICES; i++) {
            bool same = is_number ? std::to_string(i) == name : !name.empty() && all[i].rfind(name, 0) == 0;
            if (same && found == all.size()) {
                found = i;
            }
        }
        if (found == all.size()) {
            return;
        }
        d.uuids.push_back(all[found]);
        d.places.push_back(static_cast<int>(found));
    }
}

bool has(int device) { return device >= 0 && device < static_cast<int>(driver().uuids.size()); }

// Whether this much from here lies in one allocation.
bool holds(uint64_t address, size_t bytes) {
    auto &all = driver().allocations;
    auto after = all.upper_bound(static_cast<uintptr_t>(address));
    if (after == all.begin()) {
        return false;
    }
    auto &[begin, extent] = *--after;
    return address + bytes <= begin + extent.second;
}

int copy(void *to, const void *from, size_t bytes) {
    std::memcpy(to, from, bytes);
    return SUCCESS;
}

}  // namespace

extern "C" {

int cuInit(unsigned) {
    Driver &d = driver();
    std::lock_guard<std::mutex> lock(d.mutex);
    if (uint64_t error = number("SOJOURN_SIMULATED_INIT", 0)) {
        return static_cast<int>(error);
    }
    if (!d.initialised) {
        find_devices();
    }
    if (d.uuids.empty()) {
        return NO_DEVICE;
    }
    d.initialised = true;
    return SUCCESS;
}

int cuDriverGetVersion(int *version) {
    *version = static_cast<int>(number("SOJOURN_SIMULATED_VERSION", 12010));
    return SUCCESS;
}

int cuDeviceGetCount(int *count) {
    *count = static_cast<int>(driver().uuids.size());
    return ready(false);
}

int cuDeviceGet(int *device, int ordinal) {
    *device = ordinal;
    return has(ordinal) ? ready(false) : INVALID_DEVICE;
}

int cuDeviceGetName(char *name, int length, int device) {
    if (!has(device)) {
        return INVALID_DEVICE;
    }
    bool part = driver().uuids[device].rfind("MIG-", 0) == 0;
    std::snprintf(name, static_cast<size_t>(length), "Simulated GPU%s", part ? " MIG 1g.5gb" : "");
    return ready(false);
}

int cuDeviceGetUuid_v2(unsigned char *uuid, int device) {
    if (!has(device)) {
        return INVALID_DEVICE;
    }
    std::string digits;
    for (char c : driver().uuids[device].substr(4)) {
        if (c != '-') {
            digits.push_back(c);
        }
    }
    digits.resize(32, '0');
    for (int i = 0; i < 16; i++) {
        uuid[i] = static_cast<unsigned char>(std::strtoul(digits.substr(2 * i, 2).c_str(), nullptr, 16));
    }
    return ready(false);
}

int cuDeviceTotalMem_v2(size_t *bytes, int device) {
    *bytes = driver().memory;
    return has(device) ? ready(false) : INVALID_DEVICE;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
    switch (attribute) {
        case 16: *value = 2; break;  // multiprocessors
        case 75: *value = 7; break;  // compute capability, major
        case 76: *value = 0; break;  // and minor
        default: return INVALID_VALUE;
    }
    return has(device) ? ready(false) : INVALID_DEVICE;
}

int cuDevicePrimaryCtxSetFlags_v2(int device, unsigned) { return has(device) ? ready(false) : INVALID_DEVICE; }

int cuDevicePrimaryCtxRetain(Context **context, int device) {
    Driver &d = driver();
    std::lock_guard<std::mutex> lock(d.mutex);
    if (!has(device)) {
        return INVALID_DEVICE;
    }
    if (int error = ready(false)) {
        return error;
    }
    int place = d.places[device];
    if (d.retained[place] == 0 && !d.ledger.take(place, CONTEXT_BYTES, d.memory)) {
        return OUT_OF_MEMORY;
    }
    d.retained[place]++;
    d.contexts[place] = Context{place};
    *context = &d.contexts[place];
    return SUCCESS;
}

int cuDevicePrimaryCtxRelease_v2(int device) {
    Driver &d = driver();
    std::lock_guard<std::mutex> lock(d.mutex);
    if (!has(device)) {
        return INVALID_DEVICE;
    }
    int place = d.places[device];
    if (d.retained[place] == 0) {
        return INVALID_CONTEXT;
    }
    if (--d.retained[place] == 0) {
        d.ledger.give(place, CONTEXT_BYTES);
        current = current == &d.contexts[place] ? nullptr : current;
    }
    return ready(false);
}

int cuCtxSetCurrent(Context *context) {
    current = context;
    return ready(false);
}

int cuCtxSynchronize() { return ready(true); }

int cuMemGetInfo_v2(size_t *free, size_t *total) {
    Driver &d = driver();
    std::lock_guard<std::mutex> lock(d.mutex);
    if (int error = ready(true)) {
        return error;
    }
    *free = d.ledger.free_of(current->device, d.memory);
    *total = d.memory;
    return SUCCESS;
}

int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
    Driver &d = driver();
    std::lock_guard<std::mutex> lock(d.mutex);
    if (int error = ready(true)) {
        return error;
    }
    if (!d.ledger.take(current->device, bytes, d.memory)) {
        return OUT_OF_MEMORY;
    }
    void *memory = std::malloc(bytes);
    if (memory == nullptr) {
        d.ledger.give(current->device, bytes);
        return OUT_OF_MEMORY;
    }
    std::memset(memory, 0xff, bytes);  // numbers that are none: what is read before it is written shows
    *address = reinterpret_cast<uintptr_t>(memory);
    d.allocations[reinterpret_cast<uintptr_t>(memory)] = {current->device, bytes};
    return SUCCESS;
}

int cuMemFree_v2(uint64_t address) {
    Driver &d = driver();
    std::lock_guard<std::mutex> lock(d.mutex);
    auto found = d.allocations.find(static_cast<uintptr_t>(address));
    if (found == d.allocations.end()) {
        return INVALID_VALUE;
    }
    d.ledger.give(found->second.first, found->second.second);
    std::free(reinterpret_cast<void *>(found->first));
    d.allocations.erase(found);
    return ready(true);
}

int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    int error = ready(true);
    return error ? error : holds(to, bytes) ? copy(reinterpret_cast<void *>(to), from, bytes) : INVALID_VALUE;
}

int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    int error = ready(true);
    return error ? error : holds(from, bytes) ? copy(to, reinterpret_cast<void *>(from), bytes) : INVALID_VALUE;
}

int cuMemcpyDtoD_v2(uint64_t to, uint64_t from, size_t bytes) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    if (int error = ready(true)) {
        return error;
    }
    if (!holds(to, bytes) || !holds(from, bytes)) {
        return INVALID_VALUE;
    }
    return copy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes);
}

int cuModuleLoadData(void **module, const void *code) {
    // The code must be such as a driver would take; what runs is compiled from the same source.
    *module = const_cast<void *>(code);
    return ready(true) ? ready(true) : std::strstr(static_cast<const char *>(code), ".entry") ? SUCCESS : 218;
}

int cuModuleUnload(void *) { return ready(true); }

int cuModuleGetFunction(void **function, void *, const char *name) {
    *function = const_cast<Kernel *>(find_kernel(name));
    return *function == nullptr ? NOT_FOUND : ready(true);
}

int cuLaunchKernel(void *function, unsigned bx, unsigned by, unsigned bz, unsigned tx, unsigned ty, unsigned tz,
                   unsigned, void *, void **arguments, void **) {
    Driver &d = driver();
    {
        std::lock_guard<std::mutex> lock(d.mutex);
        if (int error = ready(true)) {
            return error;
        }
        if (by != 1 || bz != 1 || tz != 1 || tx * ty > 1024 || bx == 0) {
            return INVALID_VALUE;
        }
        uint64_t launch = d.ledger.count_launch();
        if (launch == number("SOJOURN_SIMULATED_FAIL", 0)) {
            d.broken = ILLEGAL_ADDRESS;  // seen by whoever waits for it
            return SUCCESS;
        }
        if (launch == number("SOJOURN_SIMULATED_HANG", 0)) {
            for (;;) {
                pause();
            }
        }
        if (launch >= number("SOJOURN_SIMULATED_SLOW", UINT64_MAX)) {
            sleep(1);
        }
    }
    run_kernel(*static_cast<const Kernel *>(function), bx, tx, ty, arguments);
    return SUCCESS;
}

int cuGetErrorName(int error, const char **name) {
    switch (error) {
        case SUCCESS: *name = "CUDA_SUCCESS"; return SUCCESS;
        case INVALID_VALUE: *name = "CUDA_ERROR_INVALID_VALUE"; return SUCCESS;
        case OUT_OF_MEMORY: *name = "CUDA_ERROR_OUT_OF_MEMORY"; return SUCCESS;
        case NOT_INITIALIZED: *name = "CUDA_ERROR_NOT_INITIALIZED"; return SUCCESS;
        case NO_DEVICE: *name = "CUDA_ERROR_NO_DEVICE"; return SUCCESS;
        case INVALID_DEVICE: *name = "CUDA_ERROR_INVALID_DEVICE"; return SUCCESS;
        case INVALID_CONTEXT: *name = "CUDA_ERROR_INVALID_CONTEXT"; return SUCCESS;
        case ILLEGAL_ADDRESS: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; return SUCCESS;
        default: *name = nullptr; return INVALID_VALUE;
    }
}
}
