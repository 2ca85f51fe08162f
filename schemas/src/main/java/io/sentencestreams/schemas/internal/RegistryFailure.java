package io.sentencestreams.schemas.internal;

import java.lang.reflect.Method;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * Whether a registry or the way to it failed, or a record was wrong. Clients of registries wrap
 * both in the same exception, so the answer lies in the causes: a broken connection, or an HTTP
 * status other than 404, which says that the id in the record names no schema.
 */
final class RegistryFailure {
  private static final int NOT_FOUND = 404;
  private static final List<Class<? extends Exception>> CONNECTION =
      List.of(
          SocketException.class,
          SocketTimeoutException.class,
          UnknownHostException.class,
          HttpTimeoutException.class,
          ClosedChannelException.class,
          SSLException.class,
          TimeoutException.class);

  // getStatus is Confluent's RestClientException, getResponseStatusCode is Kiota's ApiException,
  // which Apicurio uses; neither need be on the class path.
  private static final List<String> STATUS_GETTERS = List.of("getStatus", "getResponseStatusCode");

  private RegistryFailure() {}

  static boolean isIn(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (isBrokenConnection(t) || isRefusal(t)) {
        return true;
      }
    }
    return false;
  }

  /** What the innermost cause says. */
  static String rootMessage(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private static boolean isBrokenConnection(Throwable thrown) {
    return CONNECTION.stream().anyMatch(type -> type.isInstance(thrown));
  }

  private static boolean isRefusal(Throwable thrown) {
    return Stream.of(thrown.getClass().getMethods())
        .filter(m -> STATUS_GETTERS.contains(m.getName()) && m.getReturnType() == int.class)
        .anyMatch(m -> status(thrown, m) != NOT_FOUND);
  }

  private static int status(Throwable thrown, Method getter) {
    try {
      return (int) getter.invoke(thrown);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("%s has an unusable %s".formatted(thrown, getter), e);
    }
  }
}
