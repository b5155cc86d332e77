// Keys heard as tones in the caller's audio (ITU-T Q.23), within the limits of ITU-T Q.24.
//
// A window of 20 ms, every 5 ms, is a hit where two tones of the grid are nearly all that it holds:
//   level      each of -30 dBm0 or more (accepted from -25; 0 dBm0 is a sine of 0.697 full scale)
//   twist      the upper tone at most 5.5 dB above and 9.5 dB below the lower (accepted +4 to -8)
//   frequency  each within 2.3 % of its nominal one over the tone (accepted 1.5, refused 3.5)
//   purity     both are 80 % of the window's energy, and neither has a second harmonic
// Five hits, four of which are pure by 93 %, are a key, where neither frequencies nor twist wander
// meanwhile, as a vowel's do: tones of 40 ms and more are, of 30 ms and less are not (accepted 40,
// refused 23). It is up again after eight windows without a hit: interruptions of less than 20 ms
// do not make two keys of one, pauses of 40 ms do.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "goertzel.h"
#include "ring_buffer.h"
#include "simd.h"

namespace kefu {

struct Key {
  char digit = 0;      // 0-9, *, #, A-D
  int64_t sample = 0;  // where it was certain: 35 to 45 ms behind the tone's first sample
};

// Allocates in its constructor only. Not thread-safe.
class Dtmf {
 public:
  // rate_hz: 8000, 16000 or 24000. Throws std::invalid_argument.
  explicit Dtmf(int rate_hz, Path path = best_path());

  // pcm: (samples,) that follow those before. Any division of them gives the same keys.
  void push(const int16_t* pcm, size_t samples);
  // Samples that nobody has count as silence.
  void skip(size_t samples);
  // The oldest key that was not taken; false where there is none. 16 are kept, the newest.
  bool take(Key* key);

  int64_t samples() const { return samples_; }

 private:
  static constexpr size_t kFrequencies = 16;  // eight, and twice each
  static constexpr size_t kBlocks = 4;        // of a window
  static constexpr size_t kKept = 16;

  struct Block {
    Correlations<kFrequencies> tones;
    double energy = 0.0;
  };
  struct Tone {
    std::complex<double> amplitude;  // at the window's centre, full scale 1
    double hz = 0.0;

    double power() const { return 2.0 * std::norm(amplitude); }
  };
  struct Hit {
    char digit = 0;                  // 0: none
    std::array<double, 2> offset{};  // relative to the nominal frequency
    double twist = 1.0;              // upper over lower
    double purity = 0.0;             // of the window's energy
  };
  struct Range {
    double least = 0.0;
    double most = 0.0;
    double sum = 0.0;
  };
  // What may become a key.
  struct Candidate {
    char digit = 0;
    int hits = 0;
    int misses = 0;
    int pure = 0;  // the rest is of pure hits
    std::array<Range, 2> offsets{};
    Range twist;

    void take(const Hit& hit);
    bool steady() const;
  };

  void block_complete();
  const Block& block(size_t age) const { return blocks_[(newest_ + kBlocks - age) % kBlocks]; }
  double power(size_t frequency) const;
  std::array<std::complex<double>, kBlocks> amplitudes(size_t frequency) const;
  Tone measure(size_t frequency) const;
  std::complex<double> to_centre(double hz) const;
  double leakage(double hz, double nominal, double measured) const;
  double harmonic(size_t frequency, const Tone& lower, const Tone& upper) const;
  Hit look() const;
  void judge(const Hit& hit);
  bool quiet() const;

  int rate_hz_;
  Path path_;
  GoertzelBank<kFrequencies> bank_;
  std::array<std::complex<float>, kFrequencies> turns_;  // of one block's length
  std::vector<float> gathered_;
  size_t gathered_count_ = 0;
  std::array<Block, kBlocks> blocks_{};
  size_t newest_ = 0;
  int64_t samples_ = 0;

  Candidate candidate_;
  char down_ = 0;  // was told, or refused for good
  int down_misses_ = 0;

  RingBuffer<Key, kKept> keys_;
};

}  // namespace kefu
