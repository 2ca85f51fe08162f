package io.sentencestreams.tests.device;

import static net.bytebuddy.matcher.ElementMatchers.hasParameters;
import static net.bytebuddy.matcher.ElementMatchers.hasType;
import static net.bytebuddy.matcher.ElementMatchers.isConstructor;
import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.returns;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;
import static net.bytebuddy.matcher.ElementMatchers.whereAny;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.internal.Arithmetic;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.instrument.Instrumentation;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * A Java agent that makes the program believe in one GPU and records what it calls there, so that
 * the program needs no hooks for it. Everything in Java goes the way it goes on a GPU: plain
 * arithmetic instead of oneDNN's, its groups and layouts, one lane. The arrays lie in the
 * processor's memory all the same; {@link CallRecorder} keeps in mind where they would be.
 */
public final class DeviceAgent {
  private static final String ARRAY = "ai.djl.pytorch.engine.PtNDArray";

  private DeviceAgent() {}

  /** Called by the JVM before {@code main}, with the folder that takes the calls. */
  public static void premain(String folder, Instrumentation instrumentation) throws IOException {
    CallRecorder.start(Path.of(folder));
    AgentBuilder agent =
        new AgentBuilder.Default()
            .disableClassFormatChanges()
            .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
            .with(AgentBuilder.Listener.StreamWriting.toSystemError().withErrorsOnly());
    agent =
        weave(agent, "io.sentencestreams.model.internal.Torch", OneGpu.class, named("gpuCount"));
    agent = weave(agent, "io.sentencestreams.model.internal.Torch", Loaded.class, named("load"));
    agent =
        weave(
            agent,
            "io.sentencestreams.model.internal.PackedBatch",
            CallCost.class,
            isConstructor().and(takesArgument(1, long.class)));
    agent =
        weave(
            agent,
            "io.sentencestreams.model.internal.TrainingLayout$Shapes",
            LayoutCallCost.class,
            isConstructor());
    agent =
        weave(
            agent,
            "ai.djl.pytorch.jni.JniUtils",
            InProcessorMemory.class,
            hasParameters(whereAny(hasType(named("ai.djl.Device")))));
    agent = weave(agent, "ai.djl.pytorch.jni.JniUtils", Placed.class, named("getDevice"));
    agent =
        weave(
            agent,
            "ai.djl.pytorch.jni.JniUtils",
            Filled.class,
            named("set").and(takesArgument(1, ByteBuffer.class)));
    agent = weave(agent, ARRAY, Moved.class, named("toDevice").and(returns(named(ARRAY))));
    agent =
        weave(
            agent,
            "ai.djl.pytorch.jni.IValue",
            OfArray.class,
            named("from").and(takesArgument(0, named(ARRAY))));
    agent =
        weave(
            agent,
            "ai.djl.pytorch.jni.IValue",
            OfArrays.class,
            named("listFrom").and(takesArgument(0, PtNDArray[].class)));
    agent =
        weave(
            agent,
            "ai.djl.pytorch.jni.IValue",
            Parts.class,
            namedOneOf("toTensorArray", "toIValueTuple"));
    agent = weave(agent, "ai.djl.pytorch.jni.IValueUtils", RunMethod.class, named("runMethod"));
    agent =
        weave(
            agent,
            "ai.djl.pytorch.jni.IValueUtils",
            Forward.class,
            named("forward").and(takesArgument(2, boolean.class)).and(isStatic()));
    agent =
        weave(
            agent,
            "io.sentencestreams.model.internal.ArithmeticChooser",
            AsAsked.class,
            named("choose"));
    agent.installOn(instrumentation);
  }

  private static AgentBuilder weave(
      AgentBuilder agent,
      String type,
      Class<?> advice,
      ElementMatcher<? super MethodDescription> methods) {
    // Here, since it loads what the advice names, which would otherwise be in the middle of
    // loading.
    Advice loaded = Advice.to(advice);
    return agent
        .type(named(type))
        .transform(
            (builder, description, loader, module, domain) -> builder.visit(loaded.on(methods)));
  }

  /** Writes the archive that {@code -javaagent} asks for; the class itself is on the class path. */
  static Path archive(Path folder) throws IOException {
    Path archive = folder.resolve("device-agent.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", DeviceAgent.class.getName());
    manifest.getMainAttributes().putValue("Can-Retransform-Classes", "true");
    try (OutputStream file = Files.newOutputStream(archive);
        JarOutputStream jar = new JarOutputStream(file, manifest)) {
      jar.finish();
    }
    return archive;
  }

  /** There is one GPU. */
  static final class OneGpu {
    private OneGpu() {}

    @SuppressWarnings("UnusedVariable") // what is assigned the woven method returns
    @Advice.OnMethodExit
    static void exit(@Advice.Return(readOnly = false) int count) {
      count = 1;
    }
  }

  /** The precision that was asked for, without a measurement, which is of the processor here. */
  static final class AsAsked {
    private AsAsked() {}

    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
    static Arithmetic enter(@Advice.Argument(3) Precision precision) {
      return new Arithmetic(precision, false);
    }

    @SuppressWarnings("UnusedVariable") // what is assigned the woven method returns
    @Advice.OnMethodExit
    static void exit(
        @Advice.Enter Arithmetic asked, @Advice.Return(readOnly = false) Arithmetic chosen) {
      chosen = asked;
    }
  }

  /** Which source a script has. */
  static final class Loaded {
    private Loaded() {}

    @Advice.OnMethodExit
    static void exit(@Advice.Argument(1) String source, @Advice.Return PtSymbolBlock block) {
      CallRecorder.loaded(block, source);
    }
  }

  /** The small batches of a test would all be one group. */
  static final class CallCost {
    private CallCost() {}

    @Advice.OnMethodEnter
    static void enter(@Advice.Argument(value = 1, readOnly = false) long cost) {
      cost = Math.min(cost, CallRecorder.callCost());
    }
  }

  /** The same in training. */
  static final class LayoutCallCost {
    private LayoutCallCost() {}

    @Advice.OnMethodEnter
    static void enter(@Advice.Argument(value = 2, readOnly = false) long cost) {
      cost = Math.min(cost, CallRecorder.callCost());
    }
  }

  /** Whatever the device, the engine makes arrays in the processor's memory. */
  static final class InProcessorMemory {
    private InProcessorMemory() {}

    @Advice.OnMethodEnter
    static void enter(
        @Advice.AllArguments(readOnly = false, typing = Assigner.Typing.DYNAMIC)
            Object[] arguments) {
      arguments = CallRecorder.inProcessorMemory(arguments);
    }
  }

  /** The device that an array would be on. */
  static final class Placed {
    private Placed() {}

    @SuppressWarnings("UnusedVariable") // what is assigned the woven method returns
    @Advice.OnMethodExit
    static void exit(
        @Advice.Argument(0) PtNDArray array, @Advice.Return(readOnly = false) Device device) {
      device = CallRecorder.device(array);
    }
  }

  /** A GPU's array copies what it is set to; one in the processor's memory goes on using it. */
  static final class Filled {
    private Filled() {}

    @Advice.OnMethodEnter
    static void enter(@Advice.Argument(1) ByteBuffer content) {
      CallRecorder.retain(content);
    }
  }

  /** An array that moves is another one. */
  static final class Moved {
    private Moved() {}

    @Advice.OnMethodExit
    static void exit(
        @Advice.This PtNDArray array,
        @Advice.Argument(0) Device device,
        @Advice.Return(readOnly = false) PtNDArray moved) {
      moved = CallRecorder.moved(array, moved, device);
    }
  }

  /** An argument that is an array. */
  static final class OfArray {
    private OfArray() {}

    @Advice.OnMethodExit
    static void exit(@Advice.Argument(0) PtNDArray array, @Advice.Return IValue value) {
      CallRecorder.wrapped(value, array);
    }
  }

  /** An argument that is a list of arrays. */
  static final class OfArrays {
    private OfArrays() {}

    @Advice.OnMethodExit
    static void exit(@Advice.Argument(0) PtNDArray[] arrays, @Advice.Return IValue value) {
      CallRecorder.wrapped(value, arrays);
    }
  }

  /** What a result is made of. */
  static final class Parts {
    private Parts() {}

    @Advice.OnMethodExit
    static void exit(
        @Advice.This IValue value,
        @Advice.Return(typing = Assigner.Typing.DYNAMIC) Object[] parts) {
      CallRecorder.taken(value, parts);
    }
  }

  /** A call without gradients. */
  static final class RunMethod {
    private RunMethod() {}

    @Advice.OnMethodEnter
    static int enter(
        @Advice.Argument(0) PtSymbolBlock block,
        @Advice.Argument(1) String method,
        @Advice.Argument(2) IValue[] arguments) {
      return CallRecorder.call(block, method, arguments);
    }

    @Advice.OnMethodExit
    static void exit(@Advice.Enter int call, @Advice.Return IValue result) {
      CallRecorder.returned(call, result);
    }
  }

  /** A call with arrays, that may be differentiated. */
  static final class Forward {
    private Forward() {}

    @Advice.OnMethodEnter
    static void enter(
        @Advice.Argument(0) PtSymbolBlock block,
        @Advice.Argument(1) NDList inputs,
        @Advice.Argument(2) boolean gradients) {
      CallRecorder.call(block, inputs, gradients);
    }
  }
}
