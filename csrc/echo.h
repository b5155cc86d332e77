// How likely what comes from the caller is our own voice, coming back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decimator.h"
#include "sample_history.h"
#include "simd.h"

namespace kefu {

struct EchoSettings {
  // Audio so far below our own voice is taken for its echo: a telephone line returns it at -20 dB
  // or less, and a caller speaks about as loudly as we do. 0 to 60; 0: nobody is heard over us.
  double below_db = 20.0;
  // Echo comes back within this of the instant at which the client plays us. 0 to 2000.
  int longest_delay_ms = 400;
};

// The likelihood is 1 where our voice explains what came: its level lies `below_db` under the
// loudest 20 ms that may still be on their way, or does so once the delayed copy of our voice that
// fits best is taken away. Else it is the share of power that such copies take away, averaged over
// 120 ms: 0.6 and more for an echo at -10 dB through a room, mostly below 0.3 for a caller. 0 where
// nothing of ours can be on its way.
//
// Measured at 8 kHz. Allocates in its constructor only. Not thread-safe.
class EchoMeter {
 public:
  // rate_hz: 8000, 16000 or 24000. Throws std::invalid_argument.
  explicit EchoMeter(int rate_hz, const EchoSettings& settings = {}, Path path = best_path());

  // What went on the line, (samples,) int16 at its rate, after gain and coding.
  void played(const int16_t* pcm, size_t samples);
  // The same for silence: next to nothing is done.
  void played_silence(size_t samples);

  // What came since the last call, and the likelihood for all of it: the least of its 20 ms.
  // untaken: samples that the client has and has not played yet (0 to 500 ms): their echo, and
  // that of what came before them, is later by so much.
  double heard(const int16_t* pcm, size_t samples, size_t untaken = 0);
  // A hole in what came.
  void forget_heard();

  // What is not wholly explained is less than 1.
  static constexpr double kMostUnexplained = 0.99;

  static constexpr int kMostUntakenMs = 520;  // AgentLeg pauses above 500

 private:
  void sounded(size_t samples);
  double judge(size_t span);
  double fit(size_t span);

  size_t factor_;
  size_t longest_;  // samples at 8 kHz of the longest delay
  double below_;    // as a ratio of powers, at most 1
  Path path_;
  size_t most_span_;  // samples at 8 kHz by which an echo may be late, all told
  Decimator narrow_ours_;
  Decimator narrow_theirs_;
  std::vector<float> wide_;         // 20 ms at the line's rate
  std::vector<float> block_;        // 20 ms at 8 kHz
  SampleHistory<float> ours_;       // 8 kHz
  SampleHistory<double> energies_;  // of every fourth sample of ours, from the beginning to here
  SampleHistory<float> theirs_;
  SampleHistory<double> powers_;  // of our 20 ms
  SampleHistory<double> fits_;
  std::vector<float> sparse_;  // every fourth of theirs
  double begun_power_ = 0.0;   // of our 20 ms that are under way
  size_t begun_ = 0;
  size_t quiet_;  // samples of ours since the last that was not 0, at 8 kHz
};

}  // namespace kefu
