#include "caller_ear.h"

#include <algorithm>
#include <cmath>

#include "argument.h"
#include "codec.h"
#include "window_noise.h"

namespace kefu {
namespace {

constexpr int64_t kMostRollMs = 5000;
constexpr size_t kBlock = 480;  // line samples that are turned into 16 kHz at once
constexpr int64_t kMostSample = int64_t{1} << 53;
// What comes in at once must not run over what is still needed, nor is there room in the
// spectrogram for more beyond an utterance.
constexpr int64_t kMostAtOnceMs = 500;

const EarRule& checked_rule(const EarRule& rule) {
  checked_line_rate(rule.rate_hz);
  checked("first_sample", rule.first_sample, int64_t{0}, kMostSample);
  checked("pre_roll_ms", rule.pre_roll_ms, int64_t{0}, kMostRollMs);
  checked("post_roll_ms", rule.post_roll_ms, int64_t{0}, kMostRollMs);
  return rule;
}

size_t ring_samples(int64_t rate_hz) {
  return static_cast<size_t>((CallerEar::kUtteranceMs + 2 * kMostAtOnceMs) * rate_hz / 1000);
}

VoiceRule edges_rule(const EarRule& rule) {
  return {static_cast<int64_t>(CallerEar::kWindow),
          CallerEar::kVadHz,
          rule.on,
          rule.off,
          rule.start_ms,
          rule.stop_ms};
}

std::optional<Resampler> to_rate(int64_t from_hz, int64_t to_hz) {
  if (from_hz == to_hz) return std::nullopt;
  return Resampler(from_hz, to_hz);
}

float as_float(int16_t sample) { return static_cast<float>(sample) * (1.0F / 32768.0F); }

}  // namespace

CallerEar::CallerEar(const EarRule& rule)
    : rule_(checked_rule(rule)),
      per_vad_(rule.rate_hz / kVadHz),
      ring_(ring_samples(rule.rate_hz), rule.first_sample),
      first_(rule.first_sample),
      vad_at_(rule.first_sample),
      base_(rule.first_sample),
      edges_(edges_rule(rule)),
      to_vad_(to_rate(rule.rate_hz, kVadHz)),
      to_mel_(to_rate(rule.rate_hz, kMelHz)),
      mel_(kBands, static_cast<size_t>((kUtteranceMs + kMostAtOnceMs) * kMelHz / 1000)) {}

void CallerEar::check_lost(int64_t lost) const {
  checked("lost", lost, int64_t{0}, of_ms(kMostLostMs));
}

void CallerEar::hear(const int16_t* pcm, size_t samples, int64_t lost, bool echoed) {
  check_lost(lost);
  const auto most = static_cast<size_t>(of_ms(kMostAtOnceMs));
  for (auto rest = static_cast<size_t>(lost); rest > 0;) {
    const size_t piece = std::min(rest, most);
    take_in(nullptr, piece, false);
    rest -= piece;
  }
  while (samples > 0) {
    const size_t piece = std::min(samples, most);
    take_in(pcm, piece, echoed);
    pcm += piece;
    samples -= piece;
  }
}

void CallerEar::take_in(const int16_t* pcm, size_t samples, bool echoed) {
  if (pcm == nullptr) {
    ring_.push_silence(samples);
  } else {
    ring_.push(pcm, samples);
  }
  echo_.push(ring_.next(), echoed);
  drop_backlog();
  follow();
  forget();
}

bool CallerEar::draw() {
  if (drawn_) return true;
  if (ring_.next() - vad_at_ < window()) return false;
  masked_ = 2 * echo_.echoed(vad_at_, vad_at_ + window()) >= window();
  read_window(input_.data() + kContext);
  // The detector hears voice for a while after any voice, ours too: so it does not get to hear it.
  if (masked_) mask(input_.data() + kContext);
  drawn_ = true;
  return true;
}

Edge CallerEar::answer(double probability, const float* layer0, const float* layer1) {
  if (!drawn_) return Edge::kNone;
  const double believed = masked_ ? 0.0 : probability;
  checked("probability", probability, 0.0, 1.0);
  drawn_ = false;
  std::copy_n(layer0, kHidden, state_[0].begin());
  std::copy_n(layer1, kHidden, state_[1].begin());
  std::copy_n(input_.end() - kContext, kContext, input_.begin());
  newest_ = believed;
  const Edge edge = edges_.push(believed);
  if (edge == Edge::kStarted && !in_utterance()) begin_utterance();
  return edge;
}

int64_t CallerEar::pcm_start() const {
  return std::max(first_, utterance_start() - of_ms(rule_.pre_roll_ms));
}

int64_t CallerEar::pcm_end() const {
  const int64_t end = std::min(ring_.next(), voice_end() + of_ms(rule_.post_roll_ms));
  return std::max(end, pcm_start());
}

void CallerEar::finish_utterance() {
  utterance_from_ = -1;
  edges_.reset_utterance();
  forget();
}

void CallerEar::begin_anew() {
  drawn_ = false;
  skip_windows((ring_.next() - vad_at_) / window());
  vad_at_ = base_ = ring_.next();
  edges_ = VoiceEdges(edges_rule(rule_));
  newest_ = 0.0;
  stopped_unseen_ = false;
  finish_utterance();
}

// Far behind: what is too old to act on counts as silence, the newest state decides.
void CallerEar::drop_backlog() {
  const int64_t drawn = drawn_ ? window() : 0;
  const int64_t beyond = ring_.next() - vad_at_ + drawn - of_ms(kPendingMs);
  int64_t windows = (beyond + window() - 1) / window();
  if (beyond <= 0) return;
  const int64_t skipped = windows * static_cast<int64_t>(kWindow);
  if (drawn_) {
    drawn_ = false;
    --windows;
  }
  skip_windows(windows);
  if (edges_.skip(skipped) == Edge::kStopped) stopped_unseen_ = true;
}

void CallerEar::skip_windows(int64_t windows) {
  std::array<float, kWindow> unheard;
  for (; windows > 0; --windows) read_window(unheard.data());
}

void CallerEar::read_window(float* window_out) {
  const int64_t end = vad_at_ + window();
  while (vad_at_ < end) {
    size_t samples = 0;
    const int16_t* const pcm = ring_.piece(vad_at_, end, samples);
    if (to_vad_) {
      window_out += to_vad_->push(pcm, samples, window_out);
    } else {
      window_out = std::transform(pcm, pcm + samples, window_out, as_float);
    }
    vad_at_ += static_cast<int64_t>(samples);
  }
}

void CallerEar::mask(float* window_out) const {
  double power = 0.0;
  for (size_t i = 0; i < kWindow; ++i) {
    power += static_cast<double>(window_out[i]) * static_cast<double>(window_out[i]);
  }
  const auto level = static_cast<float>(std::sqrt(power / static_cast<double>(kWindow)));
  const WindowNoise& noise = window_noise();
  for (size_t i = 0; i < kWindow; ++i) window_out[i] = level * noise[i];
}

// Audio from before the utterance; while none is, from before its pre-roll could begin.
void CallerEar::forget() {
  const int64_t newest = in_utterance() ? utterance_from_ : vad_at_;
  const int64_t kept = of_ms(rule_.pre_roll_ms + rule_.start_ms) + 2 * window();
  first_ = std::max({first_, newest - kept, ring_.next() - of_ms(kUtteranceMs)});
}

void CallerEar::begin_utterance() {
  utterance_from_ = voice_start();
  mel_.reset();
  if (to_mel_) to_mel_->reset();
  mel_from_ = mel_at_ = pcm_start();
  mel_skipped_ = 0;
}

// The spectrogram keeps up with what would be handed to recognition now.
void CallerEar::follow() {
  if (!in_utterance() || first_ > mel_from_) return;
  std::array<float, 2 * kBlock> block;
  for (const int64_t end = pcm_end(); mel_at_ < end;) {
    size_t samples = 0;
    const int64_t most = std::min(end, mel_at_ + static_cast<int64_t>(kBlock));
    const int16_t* const pcm = ring_.piece(mel_at_, most, samples);
    mel_at_ += static_cast<int64_t>(samples);
    if (!to_mel_) {
      std::transform(pcm, pcm + samples, block.begin(), as_float);
      mel_.push(block.data(), samples);
      continue;
    }
    // Without the resampler's delay, as if the utterance had been resampled as a whole.
    const size_t made = to_mel_->push(pcm, samples, block.data());
    const size_t late = std::min(made, to_mel_->delay_samples() - mel_skipped_);
    mel_skipped_ += late;
    mel_.push(block.data() + late, made - late);
  }
}

size_t CallerEar::spectrogram_frames() {
  if (!in_utterance() || first_ > mel_from_) return 0;
  follow();
  constexpr size_t kHop = LogMelTables::kHop;
  constexpr size_t kAhead = LogMelTables::kWindow / 2;  // so far a frame sees
  return (mel_.samples() + kAhead + kHop - 1) / kHop + 1;
}

void CallerEar::spectrogram(float* out) {
  const size_t frames = spectrogram_frames();
  if (frames > 0) mel_.spectrogram(mel_.samples(), frames * LogMelTables::kHop, out);
}

}  // namespace kefu
