#include "speech_queue.h"

#include <algorithm>
#include <string>

#include "argument.h"

namespace kefu {

size_t SpeechQueue::push(int64_t utterance, int64_t offset, const int16_t* pcm, size_t samples,
                         bool last) {
  if (utterance <= finished_) return 0;
  const bool begins = !open() || utterance > utterances_.back().next.utterance;
  if (!begins && utterance < utterances_.back().next.utterance) return 0;
  check(utterance, offset, samples, begins);
  if (begins) {
    if (open()) utterances_.back().closed = true;
    utterances_.push({{utterance, 0}, ring_.next(), false});
  }
  ring_.push(pcm, samples);
  utterances_.back().end = ring_.next();
  utterances_.back().closed = last;
  pop_finished();
  return samples;
}

void SpeechQueue::check(int64_t utterance, int64_t offset, size_t samples, bool begins) const {
  int64_t expected = 0;
  if (!begins) {
    const size_t count = utterances_.size();
    const Utterance& newest = utterances_.back();
    const int64_t begun = count == 1 ? read_ : utterances_[count - 2].end;
    expected = newest.next.offset + newest.end - begun;
    if (newest.closed) {
      refuse("utterance", "more of " + std::to_string(utterance), "nothing after its last");
    }
  } else if (utterances_.full()) {
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
  if (!open()) return 0;
  Utterance& front = utterances_.front();
  const size_t popped = std::min(samples, static_cast<size_t>(front.end - read_));
  *place = front.next;
  ring_.copy(read_, read_ + static_cast<int64_t>(popped), pcm);
  read_ += static_cast<int64_t>(popped);
  front.next.offset += static_cast<int64_t>(popped);
  pop_finished();
  return popped;
}

void SpeechQueue::drop(int64_t utterance) {
  while (open() && utterances_.front().next.utterance <= utterance) pop_front();
  finished_ = std::max(finished_, utterance);
  pop_finished();
}

void SpeechQueue::pop_front() {
  read_ = utterances_.front().end;
  finished_ = utterances_.front().next.utterance;
  utterances_.pop();
}

void SpeechQueue::pop_finished() {
  while (open() && utterances_.front().closed && utterances_.front().end == read_) pop_front();
}

}  // namespace kefu
