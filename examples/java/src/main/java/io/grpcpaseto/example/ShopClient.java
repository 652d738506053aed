package io.grpcpaseto.example;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;

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
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    List<String> wanted = new ArrayList<>();
    for (int i = 0; i < arguments.length; ++i) {
      if (arguments[i].startsWith("--")) options.put(arguments[i].substring(2), arguments[++i]);
      else wanted.add(arguments[i]);
    }
    Client client = new Client(options);
    Collection<String> names = wanted.isEmpty() ? Scenarios.ALL.keySet() : wanted;
    for (String name : names) System.out.println(name + "\t" + outcome(Scenarios.ALL.get(name), client));
    System.exit(0); // channels are left open
  }

  private static String outcome(Scenarios.Scenario scenario, Client client) throws Exception {
    if (scenario == null) return "UNKNOWN";
    try {
      return ("OK " + scenario.run(client)).strip();
    } catch (Refused refused) {
      return "REFUSED " + refused.reason();
    } catch (StatusException | StatusRuntimeException | CompletionException failed) {
      Status status = Status.fromThrowable(failed);
      String text = status.getDescription() == null ? "" : status.getDescription().split(":", 2)[0];
      return (status.getCode() + " " + (text.matches("[a-z_]+") ? text : "")).strip();
    }
  }

  private ShopClient() {}
}
