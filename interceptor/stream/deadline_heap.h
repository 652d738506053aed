// DeadlineHeap: the live streams, the one with the soonest deadline first. A binary heap in which each stream knows its
// place, so that any one can be taken out.
//
// Threads: one at a time.
#ifndef GRPC_PASETO_INTERCEPTOR_STREAM_DEADLINE_HEAP_H_
#define GRPC_PASETO_INTERCEPTOR_STREAM_DEADLINE_HEAP_H_

#include <cstddef>
#include <vector>

#include "grpc_paseto/interceptor/stream/watched_stream.h"

namespace paseto::interceptor {

class DeadlineHeap {
 public:
  void Add(WatchedStream* stream);
  // REQUIRES: the stream is in the heap.
  void Remove(WatchedStream* stream);
  // The stream's deadline has changed. REQUIRES: the stream is in the heap.
  void Moved(WatchedStream* stream);
  // REQUIRES: not empty.
  WatchedStream* soonest() const { return streams_.front(); }
  bool empty() const { return streams_.empty(); }
  // All of them, in no order that means anything after the first.
  const std::vector<WatchedStream*>& streams() const { return streams_; }

 private:
  void Put(WatchedStream* stream, size_t place);
  void Rise(WatchedStream* stream);
  void Sink(WatchedStream* stream);

  std::vector<WatchedStream*> streams_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_STREAM_DEADLINE_HEAP_H_
