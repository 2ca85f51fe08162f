package io.sentencestreams.app.topology;

import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * A processor of bytes with the stores that are its own.
 *
 * @param processors makes one for each task
 */
public record ProcessorStep(
    Supplier<Processor<byte[], byte[], byte[], byte[]>> processors, Set<StoreBuilder<?>> stores)
    implements ProcessorSupplier<byte[], byte[], byte[], byte[]> {
  @Override
  public Processor<byte[], byte[], byte[], byte[]> get() {
    return processors.get();
  }
}
