package io.grpcpaseto.example;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A client of tokend and of the guarded shop. Prints "scenario, tab, outcome" for each of its scenarios: OK and what came,
 * the gRPC code and the reason, or REFUSED and the reason where it verified by itself.
 *
 * <pre>
 * java -cp 'target/shop-client-1.jar:target/dependency/*' io.grpcpaseto.example.ShopClient --tokend localhost:7443
 *     --shop localhost:50051 --ca ca.crt --certificate client.crt --private-key client.key --other-certificate other.crt
 *     --other-private-key other.key --token-file client.token [--forged FOLDER] [SCENARIO...]
 * </pre>
 */
public final class ShopClient {
  private static final long LONGEST_SCENARIO = 60; // seconds

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    List<String> wanted = new ArrayList<>();
    for (int i = 0; i < arguments.length; ++i) {
      if (arguments[i].startsWith("--")) options.put(arguments[i].substring(2), arguments[++i]);
      else wanted.add(arguments[i]);
    }
    Client client = new Client(options);
    Collection<String> names = wanted.isEmpty() ? Scenarios.ALL.keySet() : wanted;
    ExecutorService runner = Executors.newCachedThreadPool();
    for (String name : names) System.out.println(name + "\t" + outcome(runner, Scenarios.ALL.get(name), client));
    System.exit(0); // channels are left open
  }

  private static String outcome(ExecutorService runner, Scenarios.Scenario scenario, Client client)
      throws InterruptedException {
    if (scenario == null) return "UNKNOWN";
    try {
      return ("OK " + runner.submit(() -> scenario.run(client)).get(LONGEST_SCENARIO, TimeUnit.SECONDS)).strip();
    } catch (TimeoutException endless) {
      return "no end";
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof Refused refused) return "REFUSED " + refused.reason();
      Status status = Status.fromThrowable(failed);
      String text = status.getDescription() == null ? "" : status.getDescription().split(":", 2)[0];
      return (status.getCode() + " " + (text.matches("[a-z_]+") ? text : "")).strip();
    }
  }

  private ShopClient() {}
}
