"""A network that begins where a shipped file ended: its weights, with BatchNorm put back.

Export folds BatchNorm into the convolutions. Here each norm gets the deviation and mean of what its convolution gives on a batch of
pictures as its gain and offset, so that the network computes what the file did and learns on with norms that work.
"""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn


def tensors(path):
    """The file's weights by the names of the network's."""
    found = {}
    for tensor in onnx.load(path).graph.initializer:
        name = tensor.name.removeprefix("network.").removesuffix("_half")
        found[name] = torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
    return found


def begin(network, path, pictures, further=()):
    """Fills the network from the file; `pictures` are a batch like those to be learned from; `further` are pairs of a norm and the
    name of its convolution where the two do not follow each other in an nn.Sequential."""
    weights = tensors(path)
    convolutions = dict(further)
    for name, module in network.named_modules():
        if isinstance(module, nn.Sequential) and len(module) > 1 and isinstance(module[1], nn.BatchNorm2d):
            convolutions[module[1]] = f"{name}.0"
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name in weights and weights[name].shape == parameter.shape:
                parameter.copy_(weights[name])

    def refit(norm, inputs):
        with torch.no_grad():
            name = convolutions[norm]
            if f"{name}.bias" not in weights:
                return  # a part the file does not have
            variance, mean = torch.var_mean(inputs[0].float(), (0, 2, 3), unbiased=False)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.copy_(mean + weights[f"{name}.bias"])
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)

    hooks = [norm.register_forward_pre_hook(refit) for norm in convolutions]
    network.train()
    with torch.no_grad():
        network(pictures)
    for hook in hooks:
        hook.remove()
