// Packet-loss concealment after ITU-T G.711 Appendix I (09/1999), at 8, 16 and 24 kHz.
//
// A gap repeats the last pitch period, after 10 ms the last two and after 20 ms the last three, so
// that it does not buzz; from 10 ms on it fades by 20 % each 10 ms, to nothing after 60 ms. What
// follows the gap is overlapped with its continuation.
//
// One thing differs. The appendix delays all audio by 3.75 ms, to fade into the gap before it
// begins. A gap is known here only once the frame behind it has come, and what came before may have
// been heard: nothing is delayed. The step between the last sample and the first one repeated is
// taken up by the gap's own first quarter period, over which it fades.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kefu {

// Allocates in its constructor only. Not thread-safe.
class Concealer {
 public:
  // rate_hz: 8000, 16000 or 24000. Throws std::invalid_argument.
  explicit Concealer(int rate_hz);

  // pcm: (samples,) that came. Behind a gap the first of them, at most 10 ms, are overlapped in
  // place with what was invented.
  void received(int16_t* pcm, size_t samples);
  // Invents the next (samples,), of a gap of at most 60 ms.
  void conceal(int16_t* pcm, size_t samples);
  // A gap that nobody conceals: silence went by.
  void forget();

  // Pitch period of the last gap in samples, 0 before any.
  size_t period() const { return period_; }

  static constexpr int kConcealedMs = 60;

 private:
  void remember(const int16_t* pcm, size_t samples);
  size_t find_period() const;
  double likeness(size_t lag, size_t step) const;
  void begin_gap();
  void lengthen(size_t periods);
  double next_of_wave();
  double next();

  size_t per_ms_;
  std::vector<float> history_;  // the last 48.75 ms
  std::vector<float> wave_;     // what is repeated, ends as history_ does
  std::vector<float> last_;     // a quarter of the longest period before the gap
  std::vector<float> fading_;   // the wave before it was lengthened, a quarter period of it
  size_t period_ = 0;
  size_t quarter_ = 0;
  size_t periods_ = 0;  // that are repeated; 0: in no gap
  size_t place_ = 0;    // in the repeated periods
  size_t passed_ = 0;   // samples of the gap
  size_t fade_left_ = 0;
};

}  // namespace kefu
