// Any audio in any pieces, with holes: keys and tones come or do not, and nothing else happens.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "call_progress.h"
#include "conceal.h"
#include "dtmf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const int rate = 8000 * (1 + data[0] % 3);
  kefu::Dtmf keys(rate);
  kefu::CallProgress progress(rate);
  kefu::Concealer concealer(rate);
  std::vector<int16_t> pcm;
  for (size_t at = 1; at < size;) {
    const size_t piece = std::min<size_t>(data[at], size - at);
    pcm.assign(piece, 0);
    for (size_t i = 0; i < piece; ++i) pcm[i] = static_cast<int16_t>((data[at + i] - 128) * 256);
    at += piece + 1;
    if (piece % 5 == 4) {
      concealer.conceal(pcm.data(), pcm.size());
      keys.skip(piece * 16);
      progress.skip(piece * 16);
    } else {
      concealer.received(pcm.data(), pcm.size());
    }
    keys.push(pcm.data(), pcm.size());
    progress.push(pcm.data(), pcm.size());
    kefu::Key key;
    while (keys.take(&key)) {
      if (key.sample > keys.samples()) std::abort();
    }
    while (progress.take() != kefu::Progress::kNone) {
    }
  }
  return 0;
}
