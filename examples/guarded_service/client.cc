// shop_client: calls one method of the shop and prints what came of it, "OK" or the gRPC code and its message.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "examples/guarded_service/shop.grpc.pb.h"

namespace {

namespace v1 = examples::shop::v1;

class ShopClient {
 public:
  ShopClient(const std::string& server, std::string token)
      : stub_(v1::Shop::NewStub(grpc::CreateChannel(server, grpc::InsecureChannelCredentials()))),
        token_(std::move(token)) {}

  grpc::Status ListProducts() {
    PrepareContext();
    v1::ListProductsResponse response;
    const grpc::Status status = stub_->ListProducts(&context_, {}, &response);
    for (const std::string& product : response.products()) std::cout << product << "\n";
    return status;
  }

  grpc::Status GetOrder(const std::string& id) {
    PrepareContext();
    v1::GetOrderRequest request;
    request.set_order_id(id);
    v1::GetOrderResponse response;
    const grpc::Status status = stub_->GetOrder(&context_, request, &response);
    if (status.ok()) std::cout << response.quantity() << " x " << response.product() << "\n";
    return status;
  }

  grpc::Status DeleteAccount() {
    PrepareContext();
    v1::DeleteAccountResponse response;
    const grpc::Status status = stub_->DeleteAccount(&context_, {}, &response);
    if (status.ok()) std::cout << "orders deleted: " << response.deleted_orders() << "\n";
    return status;
  }

  // Prints events as they come, until the server or the guard ends the stream.
  grpc::Status WatchOrders() {
    PrepareContext();
    const auto reader = stub_->WatchOrders(&context_, {});
    v1::WatchOrdersResponse event;
    while (reader->Read(&event)) std::cout << "order " << event.order_id() << ": " << event.state() << std::endl;
    return reader->Finish();
  }

  grpc::Status Chat(const std::vector<std::string>& lines) {
    PrepareContext();
    const auto stream = stub_->Chat(&context_);
    v1::ChatRequest request;
    v1::ChatResponse response;
    for (const std::string& line : lines) {
      request.set_text(line);
      if (!stream->Write(request) || !stream->Read(&response)) break;
      std::cout << response.text() << "\n";
    }
    stream->WritesDone();
    while (stream->Read(&response)) continue;
    return stream->Finish();
  }

 private:
  // gRPC takes call credentials on encrypted channels only; on plaintext the token goes into the metadata by hand.
  void PrepareContext() {
    if (!token_.empty()) context_.AddMetadata("authorization", "Bearer " + token_);
  }

  std::unique_ptr<v1::Shop::Stub> stub_;
  std::string token_;
  grpc::ClientContext context_;
};

std::string ReadToken(const std::string& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  absl::StripAsciiWhitespace(&text);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  std::string server = "127.0.0.1:50051", token, token_file, order;
  std::vector<std::string> lines;
  CLI::App app("Calls the example shop");
  app.add_option("--server", server, "The shop's address")->capture_default_str();
  auto* file = app.add_option("--token-file", token_file, "The access token, in a file")->check(CLI::ExistingFile);
  app.add_option("--token", token, "The access token itself; other users of this machine can see it")->excludes(file);
  auto* products = app.add_subcommand("products", "ListProducts: open to everyone");
  auto* get = app.add_subcommand("order", "GetOrder: needs the scope orders:read");
  get->add_option("id", order, "Which order")->required();
  auto* remove = app.add_subcommand("delete-account", "DeleteAccount: needs a fresh token");
  auto* watch = app.add_subcommand("watch", "WatchOrders: needs the scope orders:read; runs until the stream ends");
  auto* chat = app.add_subcommand("chat", "Chat: needs a token");
  chat->add_option("line", lines, "What to say")->required();
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);

  ShopClient client(server, token_file.empty() ? token : ReadToken(token_file));
  grpc::Status status;
  if (*products) status = client.ListProducts();
  if (*get) status = client.GetOrder(order);
  if (*remove) status = client.DeleteAccount();
  if (*watch) status = client.WatchOrders();
  if (*chat) status = client.Chat(lines);
  std::cout << absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
  if (!status.ok()) std::cout << " " << status.error_message();
  std::cout << std::endl;
  return status.ok() ? 0 : 1;
}
