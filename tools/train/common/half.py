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


def rounded(module):
    """Weights as half precision holds them."""
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(weight.half().float())
    return module


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


def write(network, example, inputs, outputs, path, description):
    """One ONNX file with a free batch axis and half-precision weights."""
    axes = {name: {0: "batch"} for name in [*inputs, *outputs]}
    torch.onnx.export(network, example, path, opset_version=13, input_names=inputs, output_names=outputs, dynamic_axes=axes)
    model = onnx.load(path)
    with torch.no_grad():
        results = network(*example) if isinstance(example, tuple) else network(example)
    for declared, result in zip(model.graph.output, results if isinstance(results, tuple) else (results,)):
        # The tracer loses sizes that do not change; whoever reads the file wants to know them.
        for size, dimension in list(zip(result.shape, declared.type.tensor_type.shape.dim))[1:]:
            dimension.dim_value = size
    halve(model)
    helper.set_model_props(model, {**METADATA, "description": description})
    model.producer_name, model.producer_version, model.doc_string = "Ocelli tools/train", "", ""
    onnx.checker.check_model(model)
    onnx.save(model, path)
