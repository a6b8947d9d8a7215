#!/usr/bin/env python3
"""Every function that a forward can call, with shapes that do not fit: an error at the call, which names the function and the shapes, and no crash. The functions are
those of mosaic_ops.h: one without a call here fails.

usage: run_misuse.py MOSAICC INCLUDE_DIR WORK_DIR"""
import os
import re
import shutil
import subprocess
import sys

mosaicc, include, work = (os.path.abspath(a) for a in sys.argv[1:4])
# x is [B,4], p a parameter of [3,5]. What stands for nn_NAME(...) in the table: the arguments.
CALLS = """
adaptive_avg_pool2d(x, 2, 2) | conv1d(x, 2, 3) | conv1d_with(x, p, p) | conv_transpose1d(x, 2, 3) | conv2d(x, 2, 3) | conv2d_with(x, p, p) | conv_transpose2d(x, 2, 3)
conv_transpose1d_with(x, p, p) | conv_transpose2d_with(x, p, p) | conv_transpose3d_with(x, p, p) | conv3d(x, 2, 3) | conv3d_with(x, p, p) | conv_transpose3d(x, 2, 3) | cumsum(nn_sum(x)) | cumsum_axis(x, 0) | slice_step(x, 1, 0, 4, 0) | reshape(x, 3) | transpose(x, 1, 2) | slice(x, 1, 3, 9) | concat(x, p, 1)
concat_of(2, (nn_tensor[]){x, p}, 1) | linear(nn_sum(x), 2) | linear_with(x, p, p) | linear_no_bias(nn_sum(x), 2) | mse_loss(x, p) | l1_loss(x, p) | huber_loss(x, p, 1) | bce_loss(x, p)
bce_with_logits_loss(x, p) | bce_with_logits_loss_with(x, x, p) | nll_loss(x, p) | nll_loss_with(x, p, NULL, 0) | cross_entropy_loss(x, p) | cross_entropy_loss_with(x, p, NULL, -2147483647, 0)
smooth_l1_loss(x, p, 1) | kl_div_loss(x, p, false, false) | poisson_nll_loss(x, p, true, false) | gaussian_nll_loss(x, p, x, false) | hinge_embedding_loss(x, p, 1)
cosine_embedding_loss(x, p, x, 0) | margin_ranking_loss(x, p, x, 0) | matmul(x, p) | batch_norm(nn_sum(x)) | batch_norm_with(p, 1e-5, 0.1, true) | layer_norm(x, 2) | group_norm(x, 3)
instance_norm(x) | rms_norm(x, .axes = 2) | weight_norm(p, x) | max_pool2d(x, 2) | avg_pool2d(x, 2) | global_avg_pool(x) | global_max_pool(x) | max_pool1d(x, 2) | avg_pool1d(x, 2)
einsum("bi,ij->bj", x, p) | bilinear(x, p, 3) | arange(0, 0) | dropout(x, 1.5) | dropout2d(x, 0.5) | noise(x, -1) | sum_axis(x, 2, false) | sum_axes(x, 1, (int[]){3}, false)
mean_axis(x, 2, false) | mean_axes(x, 1, (int[]){3}, false) | max_axis(x, 2, false) | min_axis(x, 2, false) | max_axes(x, 1, (int[]){3}, false) | min_axes(x, 1, (int[]){3}, false) | var_axes(x, 1, (int[]){3}, 1, false)
std_axes(x, 1, (int[]){3}, 1, false) | norm_axes(x, 2, 1, (int[]){3}, false) | argmax(x, 2, false) | argmin(x, 2, false) | logsumexp(x, 2, false)
embedding_with(x, nn_sum(p)) | embedding(x, 0, 3) | embedding_with_padding(x, p, 3) | embedding_padding(x, 4, 2, -5) | gather(x, 1, nn_sum(p)) | index_select(x, 1, p) | flip(x, 2) | roll(x, 2, 1) | pad(x, 0.0, 1) | reflection_pad(x, 4, 0)
replication_pad(x, 1) | circular_pad(x, 5, 0) | split_of(x, 1, 2, (int[]){2, 3}) | unsqueeze(x, 5) | squeeze(x, 1) | stack_of(2, (nn_tensor[]){x, p}, 1) | stack(x, p, 1) | split(x, 1, 3) | permute(x, 0, 2) | expand(x, 3, 7) | softmax(x, 2)
log_softmax(x, 2) | one_hot(x, 0) | var_axis(x, 2, 1, false) | std_axis(x, 2, 1, false) | norm_axis(x, 2, 2, false) | prod_axis(x, 2, false) | rnn(x, 3) | rnn_states(x, 3) | lstm(x, 3)
lstm_states(x, 3) | gru(x, 3) | gru_states(x, 3) | last_step(p) | scaled_dot_product_attention(x, p, p, NULL, false) | multi_head_attention(x, x, x, 3, NULL, false)
sinusoidal_positions(0, 3) | rotary_positions(p) | upsample_nearest(x, 2) | upsample_bilinear(x, 2, false) | upsample_bilinear_to(x, 2, 2, false)
upsample_nearest_to(x, 2, 2) | upsample_linear(x, 2, false) | softplus_with(x, 0, 20) | bilinear_no_bias(x, p, 3) | weight_norm_axis(p, p, 1)
"""
# More ways to be wrong: parts without elements, windows that do not fit, states and weights of other shapes, the batch where it cannot be.
MORE = """
split_of(x, 1, 2, (int[]){0, 4}) | slice(x, 1, 2, 2) | reshape(x, 0) | reshape(x, 3, -1) | expand(x, 0, 4) | flip(x, 0) | roll(x, 0, 1) | einsum("ii->i", x, x) | einsum("bb->b", x, NULL) | einsum("bij...->b", x, NULL) | einsum("bi->bb", x, NULL) | einsum("bi,bi->b", x, NULL) | einsum("...i,...j->j.", x, p) | einsum("bi,bj", x, p) | squeeze(x, 0)
max_pool2d(nn_reshape(x, 1, 2, 2), 3) | max_pool1d(x, 3, .padding = 2) | avg_pool1d(x, 5) | conv2d(nn_reshape(x, 1, 2, 2), 2, 5) | conv2d(nn_reshape(x, 1, 2, 2), 3, 1, .groups = 2)
conv1d(nn_reshape(x, 2, 2), 0, 1) | conv1d(nn_reshape(x, 2, 2), 2, 1, .stride = -1) | conv1d_with(nn_reshape(x, 2, 2), nn_reshape(x, 2, 2), NULL) | conv_transpose1d(nn_reshape(x, 2, 2), 2, 2, .output_padding = 1)
matmul(nn_reshape(x, 2, 2), nn_reshape(x, 4, 1)) | lstm(nn_reshape(x, 2, 2), 3, .h0 = p) | gru(nn_reshape(x, 2, 2), 0) | rnn(nn_reshape(x, 2, 2), 2, .layers = -1) | softmax(x, 0) | logsumexp(x, 0, false)
batch_norm(nn_sum_axis(x, 0, false)) | group_norm(x, 0) | layer_norm(x, 0) | where(x, p, p) | clamp(x, p, p) | gather(x, 0, x) | index_select(x, 1, x) | embedding_with(x, nn_sum_axis(p, 0, false))
cross_entropy_loss(x, nn_slice(x, 1, 0, 2)) | nll_loss(x, p) | bilinear(nn_reshape(x, 2, 2), x, 3) | linear(x, 0) | linear_with(x, nn_transpose(p, 0, 1), p) | stack(x, nn_slice(x, 1, 0, 2), 1)
multi_head_attention(nn_reshape(x, 2, 2), nn_reshape(x, 2, 2), nn_reshape(x, 1, 4), 1, NULL, false) | scaled_dot_product_attention(nn_reshape(x, 2, 2), nn_reshape(x, 2, 2), nn_reshape(x, 4, 1), NULL, false)
adaptive_avg_pool2d(nn_reshape(x, 1, 2, 2), 0, 1) | upsample_nearest(nn_reshape(x, 1, 2, 2), 0) | upsample_bilinear(nn_reshape(x, 2, 2), 2, false) | weight_norm_axis(p, nn_sum_axis(p, 1, false), 1) | lstm(nn_reshape(x, 2, 2), 3, .proj_size = 3) | gru(nn_reshape(x, 2, 2), 3, .proj_size = 2)
group_norm(x, 2, .running = true) | batch_norm(x, .running = true) | instance_norm(nn_reshape(x, 2, 2), .momentum = 0.5) | instance_norm(nn_reshape(x, 2, 2), .running = true, .momentum = 3)
lstm(nn_reshape(x, 2, 2), 3, .proj_size = 2, .h0 = nn_reshape(nn_slice(x, 1, 0, 3), 1, 3)) | rotary_positions(nn_reshape(x, 4, 1)) | dropout2d(x, 0.5)
"""
NO_TENSOR = {"arange", "sinusoidal_positions"}
ANY_SHAPE = {"sum", "mean", "max", "min", "prod", "argmax_all", "argmin_all", "logsumexp_all", "var", "std", "norm", "flatten", "samples", "grad"}       # take every shape that there is


def functions():
    """Names in mosaic_ops.h, and how many tensors an elementwise row takes (0: no row)."""
    with open(os.path.join(include, "mosaic_ops.h")) as f:
        text = f.read()
    rows = {name: args.count(",") + 1 for name, args in re.findall(r"#define nn_(\w+)\(([^)]*)\) nn_\1\(NN_ARG", text)}
    names = set(re.findall(r"^nn_tensors? nn_(\w+)\(", text, re.M))
    return {re.sub("_of$", "", n) if n not in ("concat_of", "stack_of", "split_of") else n: rows.get(n, 0) for n in names}, text


def table():
    calls = {re.match(r"\w+", c).group(): c for line in CALLS.strip().splitlines() for c in line.split(" | ")}
    known, text = functions()
    ones = {n for n in known if not known[n] and re.search(rf"nn_tensor nn_{n}\(nn_tensor a\)", text)}
    for name, arity in known.items():
        if arity >= 2:
            calls[name] = f"{name}({', '.join(['x', 'p', 'x'][:arity])})"
    missing = sorted(set(known) - set(calls) - ones - ANY_SHAPE)
    unknown = sorted(set(calls) - set(known))
    more = [c for line in MORE.strip().splitlines() for c in line.split(" | ")]
    return list(calls.values()) + more, [f"no call of nn_{n} with shapes that do not fit" for n in missing] + [f"there is no nn_{n}" for n in unknown]


def main():
    calls, wrong = table()
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    cases = [f"\tcase {i}: " + (f"return nn_{c}.at[0];" if re.match(r"split|\w+_states", c) else f"return nn_{c};") for i, c in enumerate(calls)]
    with open(os.path.join(work, "misuse.c"), "w") as f:
        f.write("#include <mosaic.h>\nstruct rows { int size MOSAIC_DEFAULT(4); };\nvoid rows_prepare(const struct rows *self, mosaic_data *data)\n{\n"
                "\tfor (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {\n\t\tmosaic_input(data, split, \"x\", 8, self->size);\n"
                "\t\tmosaic_target(data, split, \"y\", 8, 1);\n\t\tmosaic_loader(data, split, 4, false, false);\n\t}\n}\nstruct net { int which; };\n"
                "nn_tensor net_forward(const struct net *self, nn_tensor x)\n{\n\tnn_tensor p = nn_parameter(\"p\", nn_ones(), 3, 5);\n\tswitch (self->which) {\n"
                + "\n".join(cases) + "\n\tdefault: return nn_linear(nn_add(x, nn_sum(p)), 1);\n\t}\n}\n")
    with open(os.path.join(work, "config.ini"), "w") as f:
        f.write(f"[PROCESS]\nepochs = 1\ndata_scheme = data\npipeline_scheme = net\n[MONITOR]\n[rows]\ntype = data\nclass = rows\npath_to_class = misuse.c\nkey = r\n"
                f"[net]\ntype = net\nclass = net\npath_to_class = misuse.c\nkey = n\nwhich = {{0-{len(calls)}}}\n")
    done = subprocess.run([mosaicc, "--check", "config.ini"], cwd=work, capture_output=True, text=True)
    said = done.stdout + done.stderr
    with open(os.path.join(work, "misuse.c")) as f:
        lines = {line.split()[1].rstrip(":"): n for n, line in enumerate(f, 1) if line.startswith("\tcase ")}
    for i, c in enumerate(calls):
        name = re.match(r"\w+", c).group()
        found = re.search(rf"misuse\.c:{lines[str(i)]}:\d+: error: (.*)", said)
        if not found:
            wrong.append(f"nn_{c}: no error")
        elif not re.search(rf"nn_{name}: ", found.group(1)) and not re.search(r"\b\w+Loss[:,] ", found.group(1)):
            wrong.append(f"nn_{c}: it is called by another name: {found.group(1)}")
        elif not re.search(r"\d" if name in NO_TENSOR else r"\[([B\d][^\]]*)?\]", found.group(1)) or re.search("segmentation|signal|crash|fault", found.group(1), re.I):
            wrong.append(f"nn_{c}: {found.group(1)}")
    if done.returncode != 1:
        wrong.append(f"exit {done.returncode}: {said[-400:]}")
    print("".join(w + "\n" for w in wrong) + f"{len(calls)} calls, {len(wrong)} wrong")
    return bool(wrong)


sys.exit(main())
