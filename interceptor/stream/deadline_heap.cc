#include "grpc_paseto/interceptor/stream/deadline_heap.h"

namespace paseto::interceptor {

void DeadlineHeap::Add(WatchedStream* stream) {
  streams_.push_back(stream);
  Put(stream, streams_.size() - 1);
  Rise(stream);
}

void DeadlineHeap::Remove(WatchedStream* stream) {
  WatchedStream* const last = streams_.back();
  streams_.pop_back();
  if (last == stream) return;
  Put(last, stream->place);
  Moved(last);
}

void DeadlineHeap::Moved(WatchedStream* stream) {
  Rise(stream);
  Sink(stream);
}

void DeadlineHeap::Put(WatchedStream* stream, size_t place) {
  streams_[place] = stream;
  stream->place = static_cast<uint32_t>(place);
}

void DeadlineHeap::Rise(WatchedStream* stream) {
  size_t place = stream->place;
  while (place > 0) {
    WatchedStream* const parent = streams_[(place - 1) / 2];
    if (parent->deadline <= stream->deadline) break;
    const size_t above = parent->place;
    Put(parent, place);
    place = above;
  }
  Put(stream, place);
}

void DeadlineHeap::Sink(WatchedStream* stream) {
  size_t place = stream->place;
  while (true) {
    size_t child = 2 * place + 1;
    if (child >= streams_.size()) break;
    if (child + 1 < streams_.size() && streams_[child + 1]->deadline < streams_[child]->deadline) ++child;
    if (streams_[child]->deadline >= stream->deadline) break;
    Put(streams_[child], place);
    place = child;
  }
  Put(stream, place);
}

}  // namespace paseto::interceptor
