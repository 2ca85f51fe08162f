package io.sentencestreams.schemas.internal;

import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Serializers that are not ours, loaded by the name of their class as Kafka does it: from the
 * thread's context class loader, made by the constructor without arguments, configured with all of
 * the configuration.
 */
final class Plugins {
  private Plugins() {}

  static boolean isPresent(String className) {
    try {
      Class.forName(className, false, loader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @SuppressWarnings("unchecked") // what it accepts shows only when it is used
  static Serializer<Object> serializer(String key, String className, Map<String, Object> config) {
    Serializer<Object> serializer = create(key, className, Serializer.class);
    serializer.configure(config, false);
    return serializer;
  }

  @SuppressWarnings("unchecked") // what it returns is checked where it is used
  static Deserializer<Object> deserializer(
      String key, String className, Map<String, Object> config) {
    Deserializer<Object> deserializer = create(key, className, Deserializer.class);
    deserializer.configure(config, false);
    return deserializer;
  }

  private static <T> T create(String key, String className, Class<T> type) {
    try {
      Class<?> found = Class.forName(className, true, loader());
      return type.cast(found.getDeclaredConstructor().newInstance());
    } catch (ClassNotFoundException e) {
      throw new ConfigException(
          key, className, "this class is not on the class path: " + remedy(className));
    } catch (ClassCastException e) {
      throw new ConfigException(key, className, "this class does not implement " + type.getName());
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new ConfigException(
          key,
          className,
          "this class cannot be made by a public constructor without arguments: " + e);
    }
  }

  private static String remedy(String className) {
    if (className.startsWith("io.confluent.")) {
      return "add io.confluent:kafka-avro-serializer, which is in Confluent's repository (build with the"
          + " Maven profile 'confluent')";
    }
    if (className.startsWith("io.apicurio.")) {
      return "add io.apicurio:apicurio-registry-avro-serde-kafka";
    }
    return "add the jar that holds it";
  }

  private static ClassLoader loader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? Plugins.class.getClassLoader() : context;
  }
}
