#include "grpc_paseto/service/lifecycle/list_sessions.h"

#include <sodium.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

constexpr size_t kCheckBytes = 16;

// Ties a page token to its listing.
std::string CheckOf(const ListOrder& order, absl::string_view last) {
  const std::string message = Pae({"paseto.v1.page_token", order.caller.text(), order.subject, last});
  std::string check(kCheckBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(check.data()), check.size(),
                     reinterpret_cast<const unsigned char*>(message.data()), message.size(), nullptr, 0);
  return check;
}

std::string PageTokenOf(const ListOrder& order, const SessionId& last) {
  if (last.empty()) return "";
  return Base64UrlEncode(absl::StrCat(CheckOf(order, last.text()), last.text()));
}

absl::StatusOr<SessionId> ReadPageToken(const ListOrder& order) {
  if (order.page_token.empty()) return SessionId();
  const absl::StatusOr<std::string> bytes = Base64UrlDecode(order.page_token);
  if (bytes.ok() && bytes->size() > kCheckBytes) {
    const std::string last = bytes->substr(kCheckBytes);
    if (absl::StartsWith(*bytes, CheckOf(order, last))) return SessionId(last);
  }
  return RequestInvalid("page_token", "is not of this listing; begin without one");
}

}  // namespace

void SessionLister::List(ListOrder order, Done<ListedSessions> done) const {
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(dependencies_.policies, order.caller);
  if (!policy.ok()) return std::move(done)(policy.status());
  absl::StatusOr<SessionId> before = ReadPageToken(order);
  if (!before.ok()) return std::move(done)(before.status());
  SessionQuery query;
  query.subject = order.subject;
  if (!(*policy)->may_list_any()) query.client = order.caller;
  query.before = *std::move(before);
  query.limit = order.page_size;
  dependencies_.store.List(
      std::move(query), dependencies_.clock.Now(),
      [order = std::move(order), done = std::move(done)](absl::StatusOr<SessionPage> page) mutable {
        if (!page.ok()) return std::move(done)(StoreRefusal(page.status()));
        ListedSessions listed;
        for (Session& session : page->sessions) {
          Grant grant;
          if (!grant.ParseFromString(session.grant)) {
            return std::move(done)(InternalFailure("the grant of a session does not parse"));
          }
          listed.sessions.push_back({std::move(session), std::move(grant)});
        }
        listed.next_page_token = PageTokenOf(order, page->next);
        std::move(done)(std::move(listed));
      });
}

}  // namespace paseto::service
