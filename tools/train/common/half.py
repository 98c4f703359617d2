"""ONNX files with half-precision weights: what is needed between a trained network and its package."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

METADATA = {"license": "Apache-2.0", "author": "Ocelli project"}


def fold(module):
    """Puts every BatchNorm that follows a convolution in an nn.Sequential into the convolution."""
    for name, child in list(module.named_children()):
        if isinstance(module, nn.Sequential) and isinstance(child, nn.BatchNorm2d):
            before = str(int(name) - 1)
            setattr(module, before, fuse_conv_bn_eval(getattr(module, before), child))
            setattr(module, name, nn.Identity())
        else:
            fold(child)
    return module


def large(module, least=100_000):
    """Names of the convolutions' weights of at least so many numbers: those that are kept as int8."""
    return [name for name, value in module.named_parameters() if value.dim() == 4 and value.numel() >= least]


def steps(weight):
    """The step of int8 for each output of a convolution, float32 [outputs, 1, 1, 1] that half precision holds as well."""
    return (weight.abs().amax((1, 2, 3), keepdim=True) / 127).half().float()


def rounded(module, whole=()):
    """Weights as half precision holds them, those of the names in `whole` as int8 with a step for each output."""
    with torch.no_grad():
        for name, weight in module.named_parameters():
            if name in whole:
                weight.copy_((weight / steps(weight)).round().clamp(-127, 127) * steps(weight))
            else:
                weight.copy_(weight.half().float())
    return module


def to_bytes(model, module, whole):
    """The initializers named in `whole` become int8 and a step for each output, multiplied in the file."""
    graph, nodes, weights = model.graph, [], dict(module.named_parameters())
    for tensor in [tensor for tensor in graph.initializer if tensor.name in whole]:
        # Rounding moves the largest number of a row by less than half a step: the steps are found again from the numbers themselves.
        weight = weights[tensor.name].detach()
        step = weight.abs().amax((1, 2, 3), keepdim=True) / 127
        step = step.half().float()
        numbers = (weight / step).round()
        assert torch.equal(numbers * step, weight), tensor.name
        parts = [numpy_helper.from_array(numbers.to(torch.int8).numpy(), tensor.name + "_bytes"), numpy_helper.from_array(step.half().numpy(), tensor.name + "_step")]
        nodes += [helper.make_node("Cast", [part.name], [part.name + "_float"], to=TensorProto.FLOAT) for part in parts]
        nodes.append(helper.make_node("Mul", [part.name + "_float" for part in parts], [tensor.name]))
        graph.initializer.remove(tensor)
        graph.initializer.extend(parts)
    nodes += list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)


def halve(model, smallest=64):
    """Float initializers of at least so many numbers become half precision, each with a Cast to float32 behind it."""
    graph, casts = model.graph, []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < smallest:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name + "_half")
        casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)


def write(network, example, inputs, outputs, path, description, folding=True, whole=()):
    """One ONNX file with a free batch axis and half-precision weights, those of the names in `whole` (see rounded()) as int8.

    `folding`: arithmetic on constants is done here; tables of int8 want it left to the engine.
    """
    axes = {name: {0: "batch"} for name in [*inputs, *outputs]}
    torch.onnx.export(network, example, path, opset_version=13, input_names=inputs, output_names=outputs, dynamic_axes=axes,
                      do_constant_folding=folding)
    model = onnx.load(path)
    with torch.no_grad():
        results = network(*example) if isinstance(example, tuple) else network(example)
    for declared, result in zip(model.graph.output, results if isinstance(results, tuple) else (results,)):
        # The tracer loses sizes that do not change; whoever reads the file wants to know them.
        for size, dimension in list(zip(result.shape, declared.type.tensor_type.shape.dim))[1:]:
            dimension.dim_value = size
    to_bytes(model, network, whole)
    halve(model)
    helper.set_model_props(model, {**METADATA, "description": description})
    model.producer_name, model.producer_version, model.doc_string = "Ocelli tools/train", "", ""
    onnx.checker.check_model(model)
    onnx.save(model, path)
