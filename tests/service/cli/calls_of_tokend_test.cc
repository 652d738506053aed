// tokenctl's commands against a whole tokend, over plaintext and over TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/service/cli/run_tokenctl.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/test_certificates.h"
#include "simdjson.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Member(const Ran& ran, const char* name) {
  simdjson::dom::parser parser;
  std::string_view text;
  EXPECT_EQ(parser.parse(ran.out)[name].get(text), simdjson::SUCCESS) << name << " in " << ran.out << ran.err;
  return std::string(text);
}

class CallsOfTokend : public TokenctlTest {
 protected:
  // `arguments` for this server, with the token of `client`.
  Ran Call(const RunningTokend& tokend, const std::string& client, std::vector<std::string> arguments,
           const std::string& standard_input = "") {
    arguments.insert(arguments.end(), {"--json", "--server", tokend.address(), "--token-file",
                                       Write("client.token", tokend.ClientToken(client))});
    arguments.insert(arguments.end(), connection_.begin(), connection_.end());
    return Run(arguments, standard_input);
  }

  std::vector<std::string> connection_ = {"--plaintext"};
};

TEST_F(CallsOfTokend, LeadASessionFromIssueToRevoke) {
  const RunningTokend tokend;
  const Ran issued = Call(tokend, "web", {"issue", "--subject", "ann", "--scope", "read", "--with-refresh-token"});
  ASSERT_EQ(issued.exit, 0) << issued.err;
  const Ran refreshed = Call(tokend, "web", {"refresh", "-"}, Member(issued, "refresh_token"));
  ASSERT_EQ(refreshed.exit, 0) << refreshed.err;
  EXPECT_EQ(Member(refreshed, "session_id"), Member(issued, "session_id"));
  EXPECT_NE(Member(refreshed, "refresh_token"), Member(issued, "refresh_token"));

  const std::string access = Write("access", Member(refreshed, "access_token"));
  const Ran active = Call(tokend, "auditor", {"introspect", "--from", access});
  EXPECT_THAT(active.out, AllOf(HasSubstr(R"("active":true)"), HasSubstr(R"("subject":"ann")")));
  const Ran revoked = Call(tokend, "web", {"revoke", "--session", Member(issued, "session_id")});
  EXPECT_EQ(revoked.exit, 0) << revoked.err;
  EXPECT_THAT(Call(tokend, "auditor", {"introspect", "--from", access}).out, HasSubstr(R"("active":false)"));

  const Ran refused = Call(tokend, "web", {"refresh", "-"}, Member(refreshed, "refresh_token"));
  EXPECT_EQ(refused.exit, 1);
  EXPECT_THAT(refused.out + refused.err, AllOf(HasSubstr("session_revoked"), HasSubstr("--with-refresh-token"),
                                               Not(HasSubstr(Member(refreshed, "refresh_token")))));
}

TEST_F(CallsOfTokend, SpendASingleUseTokenOnce) {
  const RunningTokend tokend;
  const Ran issued = Call(tokend, "web", {"issue", "--subject", "ann", "--type", "invite", "--single-use"});
  ASSERT_EQ(issued.exit, 0) << issued.err;
  const std::vector<std::string> consume = {"consume", "--type", "invite", "--from",
                                            Write("invite", Member(issued, "access_token"))};
  const Ran first = Call(tokend, "web", consume);
  EXPECT_EQ(first.exit, 0) << first.err;
  EXPECT_EQ(Member(first, "subject"), "ann");
  const Ran second = Call(tokend, "web", consume);
  EXPECT_EQ(second.exit, 1);
  EXPECT_THAT(second.out + second.err, HasSubstr("token_spent"));
}

TEST_F(CallsOfTokend, ExchangeATokenForAnotherAudience) {
  const RunningTokend tokend;
  const Ran issued = Call(tokend, "web", {"issue", "--subject", "ann", "--scope", "read", "--scope", "write"});
  const Ran exchanged = Call(tokend, "shop", {"exchange", "--audience", "billing", "--scope", "read", "-"},
                             Member(issued, "access_token"));
  ASSERT_EQ(exchanged.exit, 0) << exchanged.err;
  const Ran active =
      Call(tokend, "auditor", {"introspect", "--from", Write("narrow", Member(exchanged, "access_token"))});
  EXPECT_THAT(active.out, AllOf(HasSubstr(R"("audiences":["billing"])"), HasSubstr(R"("scopes":["read"])")));
}

TEST_F(CallsOfTokend, ListTheSessionsOfASubject) {
  const RunningTokend tokend;
  const Ran one = Call(tokend, "web", {"issue", "--subject", "ann", "--with-refresh-token"});
  const Ran two = Call(tokend, "web", {"issue", "--subject", "ann", "--with-refresh-token"});
  const Ran all = Call(tokend, "auditor", {"sessions", "ann"});
  EXPECT_THAT(all.out, AllOf(HasSubstr(Member(one, "session_id")), HasSubstr(Member(two, "session_id")),
                             HasSubstr(R"("more":false)")));
  EXPECT_THAT(Call(tokend, "auditor", {"sessions", "ann", "--limit", "1"}).out, HasSubstr(R"("more":true)"));
}

TEST_F(CallsOfTokend, DisableASubjectAndEnableItAgain) {
  const RunningTokend tokend;
  const std::vector<std::string> issue = {"issue", "--subject", "ann"};
  EXPECT_EQ(Call(tokend, "auditor", {"subject", "disable", "ann"}).exit, 0);
  const Ran refused = Call(tokend, "web", issue);
  EXPECT_EQ(refused.exit, 1);
  EXPECT_THAT(refused.out + refused.err, HasSubstr("subject_disabled"));
  EXPECT_THAT(Call(tokend, "auditor", {"subject", "enable", "ann"}).out, HasSubstr(R"("was_disabled":true)"));
  EXPECT_EQ(Call(tokend, "web", issue).exit, 0);
}

TEST_F(CallsOfTokend, RevokeAllThatAClientIssuedOrAKeySigned) {
  const RunningTokend tokend;
  const std::string of_client =
      Write("of_client", Member(Call(tokend, "web", {"issue", "--subject", "ann"}), "access_token"));
  EXPECT_EQ(Call(tokend, "admin", {"revoke", "--client", "web"}).exit, 0);
  EXPECT_THAT(Call(tokend, "auditor", {"introspect", "--from", of_client}).out, HasSubstr(R"("active":false)"));

  const std::string of_key =
      Write("of_key", Member(Call(tokend, "shop", {"issue", "--subject", "ann"}), "access_token"));
  const std::string key = tokend.keys()->ActiveSigner(kV4Public, KeyUse::kAccess)->id().text();
  EXPECT_EQ(Call(tokend, "admin", {"revoke", "--key", key}).exit, 0);
  EXPECT_THAT(Call(tokend, "auditor", {"introspect", "--from", of_key}).out, HasSubstr(R"("active":false)"));
}

TEST_F(CallsOfTokend, RevokeEverything) {
  const RunningTokend tokend;
  const std::string token = Member(Call(tokend, "web", {"issue", "--subject", "ann"}), "access_token");
  EXPECT_EQ(Call(tokend, "admin", {"revoke", "--everything"}).exit, 0);
  const Ran refused = Call(tokend, "auditor", {"introspect", "--from", Write("token", token)});
  EXPECT_EQ(refused.exit, 1) << "the client token of the caller is revoked, too";
}

TEST_F(CallsOfTokend, TellWhatAClientMayNotDo) {
  const RunningTokend tokend;
  const Ran denied = Call(tokend, "verifier", {"issue", "--subject", "ann"});
  EXPECT_EQ(denied.exit, 1);
  EXPECT_THAT(denied.out + denied.err, AllOf(HasSubstr("client_not_allowed"), HasSubstr("clients:")));
}

class CallsOverTls : public CallsOfTokend {
 protected:
  const RunningTokend tokend_{[this](config::TokendConfig& config) {
    const TestCertificate certificate = MakeTestCertificate();
    config::Tls& tls = *config.mutable_listen(0)->mutable_tls();
    tls.set_certificate_file(Write("cert.pem", certificate.certificate_pem));
    tls.set_private_key_file(Write("key.pem", certificate.private_key_pem));
  }};
};

TEST_F(CallsOverTls, TrustTheAuthorityThatIsNamed) {
  connection_ = {"--ca", Path("cert.pem")};
  const Ran issued = Call(tokend_, "web", {"issue", "--subject", "ann"});
  EXPECT_EQ(issued.exit, 0) << issued.err;
}

TEST_F(CallsOverTls, FailWithoutTheAuthority) {
  connection_ = {};
  const Ran issued = Call(tokend_, "web", {"issue", "--subject", "ann", "--timeout", "2s"});
  EXPECT_EQ(issued.exit, 3);
  EXPECT_THAT(issued.out + issued.err, HasSubstr("--ca"));
}

TEST_F(CallsOverTls, ExpectTheNameThatIsGiven) {
  connection_ = {"--ca", Path("cert.pem"), "--server-name", "localhost"};
  EXPECT_EQ(Call(tokend_, "web", {"issue", "--subject", "ann"}).exit, 0);
  connection_.back() = "elsewhere";
  EXPECT_EQ(Call(tokend_, "web", {"issue", "--subject", "ann", "--timeout", "2s"}).exit, 3);
}

// "web" proves itself by a certificate, "admin" by its socket.
class CallsWithoutToken : public TokenctlTest {
 protected:
  Ran RunAt(size_t listener, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--json", "--server", tokend_.server().addresses()[listener]});
    return Run(std::move(arguments));
  }

  const TestAuthority authority_;
  RunningTokend tokend_{[this](config::TokendConfig& config) {
    const TestCertificate server = authority_.SignServer();
    const TestCertificate web = authority_.Sign("", "URI:spiffe://shop/web");
    Write("web.crt", web.certificate_pem);
    Write("web.key", web.private_key_pem);
    config::Tls& tls = *config.mutable_listen(0)->mutable_tls();
    tls.set_certificate_file(Write("server.crt", server.certificate_pem));
    tls.set_private_key_file(Write("server.key", server.private_key_pem));
    tls.set_client_ca_file(Write("ca.crt", authority_.root_pem()));
    tls.set_client_certificate(config::CLIENT_CERTIFICATE_REQUIRED);
    (*config.mutable_clients())["web"].add_certificates("spiffe://shop/web");
    config::Listener& socket = *config.add_listen();
    socket.set_address("unix:" + Path("admin.sock"));
    socket.set_client("admin");
  }};
};

TEST_F(CallsWithoutToken, ProveTheClientByItsCertificate) {
  const std::vector<std::string> issue = {"issue", "--subject", "ann", "--ca", Path("ca.crt")};
  std::vector<std::string> proven = issue;
  proven.insert(proven.end(), {"--cert", Path("web.crt"), "--cert-key", Path("web.key")});
  const Ran issued = RunAt(0, proven);
  EXPECT_EQ(issued.exit, 0) << issued.out << issued.err;
  std::vector<std::string> unproven = issue;
  unproven.insert(unproven.end(), {"--timeout", "2s"});
  EXPECT_EQ(RunAt(0, unproven).exit, 3);
}

TEST_F(CallsWithoutToken, ProveTheClientByItsSocket) {
  const Ran ambiguous =
      RunAt(1, {"revoke", "--everything", "--token-file", Write("web.token", tokend_.ClientToken("web"))});
  EXPECT_EQ(ambiguous.exit, 1);
  EXPECT_THAT(ambiguous.out + ambiguous.err, AllOf(HasSubstr("token"), HasSubstr("TOKENCTL_TOKEN_FILE")));
  const Ran revoked = RunAt(1, {"revoke", "--everything"});
  EXPECT_EQ(revoked.exit, 0) << revoked.out << revoked.err;
}

}  // namespace
}  // namespace paseto::service
