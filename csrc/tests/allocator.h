// The allocator of the tests: counts, and fails on demand.
#pragma once

#include <cstddef>

namespace kefu::test {

// Requests to operator new so far in this process.
size_t memory_requests();
// Blocks that are held now.
size_t memory_blocks();
// The `request`-th from now on throws std::bad_alloc, and all after it; 0: none does.
void fail_at(size_t request);

}  // namespace kefu::test
