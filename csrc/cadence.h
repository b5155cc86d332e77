// From tones and pauses, in steps of 25 ms, to what an exchange or a fax machine says (ITU-T E.180,
// E.182, T.30, V.25).
//
// Told are, by frequencies and cadence (on/off, seconds), of the plans that a box meets:
//   dial        400-460 or 350+440 Hz for 3 s
//   ringback    400-460 or 440+480 Hz, 0.7 to 2.4 on and 1.5 or more off, double rings too
//   busy        450 (CN) 0.35/0.35; 425 (EU, HK) and 480+620 (US, TW) 0.5/0.5
//   congestion  450 (CN) 0.7/0.7; 425 (EU) and 480+620 (US, TW) 0.25/0.25
//   special     special information: 950, 1400, 1800 Hz one after the other, 0.33 each
//   fax_calling CNG (T.30), 1100 Hz 0.5 on and 3 off; told at its first pause
//   fax_answer  CED (T.30) and ANS (V.25), 2100 Hz for 1 s
// Busy and congestion take four tones, each as long as the pause before it: music has such notes,
// but not so regularly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kefu {

enum class Progress {
  kNone,
  kDial,
  kRingback,
  kBusy,
  kCongestion,
  kSpecial,
  kFaxCalling,
  kFaxAnswer,
};

// As above, "" for kNone.
const char* progress_name(Progress progress);

// What a window of 50 ms holds, and nothing beside it.
enum class LineTone {
  kOther,  // speech, noise, music
  kQuiet,
  kSingle,    // 425, 440 or 450 Hz
  kDialPair,  // 350 + 440
  kRingPair,  // 440 + 480
  kBusyPair,  // 480 + 620
  kLow,       // of special information: 950
  kMiddle,    // 1400
  kHigh,      // 1800
  kFaxCalling,
  kFaxAnswer,
};

// Which tone follows which, and how long each lasts. A step is 25 ms.
class Cadence {
 public:
  Progress step(LineTone tone);

  static constexpr int kStepMs = 25;

 private:
  static constexpr size_t kTones = 4;

  struct Run {
    LineTone tone = LineTone::kOther;
    int64_t start = 0;  // steps
    int64_t end = 0;
  };

  Progress ended();
  Progress lasting();
  Progress told_once(Progress progress);
  Progress regular() const;
  // The age-th last run that ended, 0 the newest.
  const Run& run(size_t age) const { return runs_[(newest_ + kTones - age) % kTones]; }

  int64_t now_ = 0;
  Run current_{};
  bool sounding_ = false;
  int gap_ = 0;     // steps since the current run's last
  int others_ = 0;  // steps since the last run that were neither tone nor quiet
  std::array<Run, kTones> runs_{};
  size_t newest_ = 0;
  size_t run_count_ = 0;
  Progress told_ = Progress::kNone;
  int64_t told_at_ = 0;
};

}  // namespace kefu
