// UnaryLoad: one kind of unary call, made again and again in slots that each have one call under way.
#ifndef GRPC_PASETO_TESTS_BENCH_UNARY_LOAD_H_
#define GRPC_PASETO_TESTS_BENCH_UNARY_LOAD_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "grpc_paseto/tests/bench/closed_loop.h"

namespace paseto::bench {

template <typename Request, typename Response>
struct UnaryLoad {
  explicit UnaryLoad(int slots) : slots_(slots) {}

  std::function<std::unique_ptr<grpc::ClientContext>()> new_context = [] {
    return std::make_unique<grpc::ClientContext>();
  };
  // Fills a request; takes an answer.
  std::function<void(int slot, Request& request)> prepare;
  std::function<void(int slot, const Response& response)> keep = [](int, const Response&) {};
  // The stub's method.
  std::function<void(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>)> start;

  // How a loop starts one call. The object outlives the loop.
  StartCall Calls() {
    return [this](int number, std::function<void(bool)> done) {
      Slot& slot = slots_[number];
      slot.context = new_context();
      slot.request.Clear();
      slot.response.Clear();
      prepare(number, slot.request);
      start(slot.context.get(), &slot.request, &slot.response,
            [this, number, done = std::move(done)](grpc::Status status) {
              if (status.ok()) {
                keep(number, slots_[number].response);
              } else {
                std::cerr << status.error_message() << "\n";
              }
              done(status.ok());
            });
    };
  }

  // Of the last messages.
  size_t request_bytes() const { return slots_[0].request.ByteSizeLong(); }
  size_t response_bytes() const { return slots_[0].response.ByteSizeLong(); }

 private:
  struct Slot {
    std::unique_ptr<grpc::ClientContext> context;
    Request request;
    Response response;
  };
  std::vector<Slot> slots_;
};

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_UNARY_LOAD_H_
