// Linear-phase lowpass of least greatest error, by the Remez exchange (T. W. Parks, J. H.
// McClellan, "Chebyshev approximation for nonrecursive digital filters with linear phase", IEEE
// Transactions on Circuit Theory 19(2), 1972). For given edges and errors no other linear-phase
// filter is shorter: a Kaiser window of the same edges and stopband takes half as long again.
#pragma once

#include <cstddef>
#include <vector>

namespace kefu {

// (2 × half + 1,) taps, symmetric about the middle one; gain 1 up to `pass`, 0 from `stop` on, both
// in cycles per sample, 0 < pass < stop < 0.5. The greatest error of the passband is `stop_weight`
// times that of the stopband. Throws std::invalid_argument for edges out of order.
std::vector<double> equiripple_lowpass(size_t half, double pass, double stop, double stop_weight);

}  // namespace kefu
