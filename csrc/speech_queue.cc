#include "speech_queue.h"

#include <algorithm>
#include <string>

#include "argument.h"

namespace kefu {

size_t SpeechQueue::push(int64_t utterance, int64_t offset, const int16_t* pcm, size_t samples,
                         bool last) {
  if (utterance <= finished_) return 0;
  const bool begins = count_ == 0 || utterance > newest().next.utterance;
  if (!begins && utterance < newest().next.utterance) return 0;
  check(utterance, offset, samples, begins);
  if (begins) {
    if (count_ > 0) newest().closed = true;
    ++count_;
    newest() = {{utterance, 0}, ring_.next(), false};
  }
  ring_.push(pcm, samples);
  newest().end = ring_.next();
  newest().closed = last;
  pop_finished();
  return samples;
}

void SpeechQueue::check(int64_t utterance, int64_t offset, size_t samples, bool begins) const {
  int64_t expected = 0;
  if (!begins) {
    const Utterance& open = utterances_[(first_ + count_ - 1) % kUtterances];
    const int64_t begun =
        count_ == 1 ? read_ : utterances_[(first_ + count_ - 2) % kUtterances].end;
    expected = open.next.offset + open.end - begun;
    if (open.closed) {
      refuse("utterance", "more of " + std::to_string(utterance), "nothing after its last");
    }
  } else if (count_ == kUtterances) {
    refuse("utterance", utterance,
           "at most " + std::to_string(kUtterances) + " utterances to wait");
  }
  if (offset != expected) refuse("offset", offset, std::to_string(expected));
  const size_t room = ring_.capacity() - waiting();
  if (samples > room) {
    refuse("pcm", std::to_string(samples) + " samples", "at most " + std::to_string(room));
  }
}

size_t SpeechQueue::pop(int16_t* pcm, size_t samples, Place* place) {
  if (count_ == 0) return 0;
  Utterance& front = utterances_[first_];
  const size_t popped = std::min(samples, static_cast<size_t>(front.end - read_));
  *place = front.next;
  ring_.copy(read_, read_ + static_cast<int64_t>(popped), pcm);
  read_ += static_cast<int64_t>(popped);
  front.next.offset += static_cast<int64_t>(popped);
  pop_finished();
  return popped;
}

void SpeechQueue::drop(int64_t utterance) {
  while (count_ > 0 && utterances_[first_].next.utterance <= utterance) pop_front();
  finished_ = std::max(finished_, utterance);
  pop_finished();
}

void SpeechQueue::pop_front() {
  read_ = utterances_[first_].end;
  finished_ = utterances_[first_].next.utterance;
  first_ = (first_ + 1) % kUtterances;
  --count_;
}

void SpeechQueue::pop_finished() {
  while (count_ > 0 && utterances_[first_].closed && utterances_[first_].end == read_) pop_front();
}

}  // namespace kefu
