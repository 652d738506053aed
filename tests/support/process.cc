#include "grpc_paseto/tests/support/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace paseto {
namespace {

constexpr std::chrono::minutes kPatience(1);
constexpr std::chrono::milliseconds kPoll(5);  // another process cannot notify this one

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// True as soon as `holds` does, false after a minute.
template <typename Condition>
bool Poll(Condition holds) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

}  // namespace

Process::Process(const std::string& folder, const std::vector<std::string>& arguments) : folder_(folder) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "out", O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, "err", O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string program = std::filesystem::absolute(arguments[0]);
  const int error = posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    ADD_FAILURE() << arguments[0] << " did not start: " << error;
    exit_code_ = -1;
  }
}

Process::~Process() {
  if (!IsRunning()) return;
  ::kill(pid_, SIGKILL);
  Reap(0);
}

void Process::Reap(int flags) {
  int status = 0;
  if (exit_code_.has_value() || ::waitpid(pid_, &status, flags) != pid_) return;
  exit_code_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void Process::Signal(int signal) {
  if (IsRunning()) ::kill(pid_, signal);
}

bool Process::IsRunning() {
  Reap(WNOHANG);
  return !exit_code_.has_value();
}

int Process::Wait() {
  if (!Poll([this] { return !IsRunning(); })) {
    ADD_FAILURE() << "the process does not end; its errors: " << err();
    Signal(SIGKILL);
    Reap(0);
  }
  return *exit_code_;
}

std::string Process::out() const { return ReadFile(folder_ + "/out"); }
std::string Process::err() const { return ReadFile(folder_ + "/err"); }

std::string AwaitFile(const std::string& path, Process& process) {
  std::string content;
  Poll([&] {
    content = ReadFile(path);
    return !content.empty() || !process.IsRunning();
  });
  return content;
}

}  // namespace paseto
