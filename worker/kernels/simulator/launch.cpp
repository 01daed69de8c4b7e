#include "launch.hpp"

namespace simulated {

const Kernel *find_kernel(const char *) { return nullptr; }

void run_kernel(const Kernel &, unsigned, unsigned, unsigned, void **) {}

}  // namespace simulated
