// Noise that stands in for a window of the caller's audio: white, its level 1, always the same.
#pragma once

#include <array>

namespace kefu {

using WindowNoise = std::array<float, 256>;

const WindowNoise& window_noise();

}  // namespace kefu
