"""The functions that generated code may call, and those that users import from dpc."""

from dpc.runtime.adjoints import (
    NotPairError as NotPairError,
    NotScalarError as NotScalarError,
    accumulate as accumulate,
    add_at as add_at,
    add_attr as add_attr,
    added as added,
    assembled as assembled,
    of_summand as of_summand,
    part_bar as part_bar,
    part_of as part_of,
    require_bits as require_bits,
    require_metadata as require_metadata,
    require_pair as require_pair,
    require_real as require_real,
    require_scalar as require_scalar,
)
from dpc.runtime.arrangement import (
    pad_matrix as pad_matrix,
    read_order as read_order,
    undiag as undiag,
    undiagonal as undiagonal,
    unpad as unpad,
    unpad_values as unpad_values,
    unrepeat as unrepeat,
    untile as untile,
)
from dpc.runtime.arrays import (
    array_module as array_module,
    count_along as count_along,
    full_like as full_like,
    if_floating as if_floating,
    masked as masked,
    real_as as real_as,
    unbroadcast as unbroadcast,
    unreduce as unreduce,
    weights_along as weights_along,
)
from dpc.runtime.bessel import bessel_i as bessel_i
from dpc.runtime.building import new as new, sequence as sequence, unpack as unpack
from dpc.runtime.checkpoints import (
    Checkpoints as Checkpoints,
    checkpoint as checkpoint,
    keep as keep,
    require_apart as require_apart,
)
from dpc.runtime.cofactors import (
    cofactors as cofactors,
    cofactors_along as cofactors_along,
    inverse_or_infinite as inverse_or_infinite,
)
from dpc.runtime.contraction import (
    einsum_adjoint as einsum_adjoint,
    einsum_labels as einsum_labels,
    einsum_view as einsum_view,
    unbroadcast_to as unbroadcast_to,
)
from dpc.runtime.control import (
    anneal as anneal,
    by_default as by_default,
    hard as hard,
    prob as prob,
    soft as soft,
    temperature as temperature,
    temperature_in_force as temperature_in_force,
)
from dpc.runtime.convolution import (
    convolution_part as convolution_part,
    convolution_slice as convolution_slice,
    correlation_part as correlation_part,
    derived_adjoint as derived_adjoint,
    derived_polynomial as derived_polynomial,
    full_convolution as full_convolution,
    full_correlation as full_correlation,
    polynomial_slope as polynomial_slope,
    powers_dot as powers_dot,
)
from dpc.runtime.cross import cross_as as cross_as
from dpc.runtime.draws import (
    generators_in as generators_in,
    in_library as in_library,
    put_states as put_states,
    states_of as states_of,
)
from dpc.runtime.filters import (
    filtered as filtered,
    gaussian_kernel as gaussian_kernel,
    unfiltered as unfiltered,
)
from dpc.runtime.fourier import (
    cut_like as cut_like,
    half_weights as half_weights,
    scaled_at as scaled_at,
)
from dpc.runtime.functions import (
    leaky_relu as leaky_relu,
    log_sigmoid as log_sigmoid,
    log_softmax as log_softmax,
    logsumexp as logsumexp,
    relu as relu,
    sigmoid as sigmoid,
    silu as silu,
    softmax as softmax,
    softplus as softplus,
    stop_gradient as stop_gradient,
)
from dpc.runtime.gamma import polygamma as polygamma
from dpc.runtime.gate_rows import (
    blend_finite_rows as blend_finite_rows,
    blend_rows as blend_rows,
    contrast_rows as contrast_rows,
    counted_rows as counted_rows,
    counts_rows as counts_rows,
    gates_rows as gates_rows,
    share_of_rows as share_of_rows,
)
from dpc.runtime.gates import (
    Attempt as Attempt,
    against as against,
    attempt as attempt,
    blend as blend,
    blend_finite as blend_finite,
    contrast as contrast,
    counted as counted,
    counts as counts,
    demand_finite as demand_finite,
    gate as gate,
    gate_bar as gate_bar,
    gates as gates,
    gates_of_elements as gates_of_elements,
    ignoring as ignoring,
    is_open as is_open,
    probability as probability,
    share_of as share_of,
    snapshot as snapshot,
    temperature_bar as temperature_bar,
    unblend as unblend,
    weights as weights,
)
from dpc.runtime.halting import (
    NotHaltedError as NotHaltedError,
    require_halted as require_halted,
)
from dpc.runtime.implicit import (
    NotSettledError as NotSettledError,
    adjoint_of_root as adjoint_of_root,
    at_fixed_point as at_fixed_point,
    at_root as at_root,
    basis as basis,
    count as count,
    difference_quotient as difference_quotient,
    fixed_point as fixed_point,
    flat_like as flat_like,
    has_settled as has_settled,
    is_small as is_small,
    newton as newton,
    nudged as nudged,
    require_settled as require_settled,
    root as root,
    solution as solution,
    tangent_of_root as tangent_of_root,
)
from dpc.runtime.indexing import (
    index_along as index_along,
    scatter as scatter,
    scatter_along_axis as scatter_along_axis,
    scatter_index as scatter_index,
    unchoose as unchoose,
    unselect as unselect,
)
from dpc.runtime.indices import (
    aligned as aligned,
    index as index,
    inverse as inverse,
    is_within as is_within,
    nearest as nearest,
    neighbours as neighbours,
    selection as selection,
    share_above as share_above,
    unaligned as unaligned,
)
from dpc.runtime.inplace import (
    iadd as iadd,
    iand as iand,
    ifloordiv as ifloordiv,
    ilshift as ilshift,
    imatmul as imatmul,
    imod as imod,
    imul as imul,
    ior as ior,
    ipow as ipow,
    irshift as irshift,
    isub as isub,
    itruediv as itruediv,
    ixor as ixor,
)
from dpc.runtime.joining import (
    front_if_one as front_if_one,
    gathered as gathered,
    inserted_places as inserted_places,
    join_like as join_like,
    kept_places as kept_places,
    laid_out as laid_out,
    nested_like as nested_like,
    split_like as split_like,
    unblock as unblock,
    unstack_like as unstack_like,
)
from dpc.runtime.linalg import (
    lstsq_adjoints as lstsq_adjoints,
    lstsq_tangent as lstsq_tangent,
    matmul_as as matmul_as,
    multi_dot_adjoint as multi_dot_adjoint,
    multi_dot_tangent as multi_dot_tangent,
    only_thin as only_thin,
    outer_as as outer_as,
    pivoted as pivoted,
    require_square as require_square,
    require_vector as require_vector,
    solve_as as solve_as,
    widened as widened,
)
from dpc.runtime.lookups import add_rows as add_rows, added_rows as added_rows
from dpc.runtime.matmul import (
    contracted as contracted,
    data_of as data_of,
    dot_left as dot_left,
    dot_right as dot_right,
    inner_left as inner_left,
    inner_right as inner_right,
    kron_left as kron_left,
    kron_right as kron_right,
    matmul_left as matmul_left,
    matmul_right as matmul_right,
    outer_left as outer_left,
    rank_of as rank_of,
    sampled as sampled,
    sampled_left as sampled_left,
    sampled_right as sampled_right,
    tensordot_left as tensordot_left,
    tensordot_right as tensordot_right,
)
from dpc.runtime.nan_order import (
    nan_quantile_along as nan_quantile_along,
    nan_unquantile as nan_unquantile,
)
from dpc.runtime.norms import (
    matrix_norm_slope as matrix_norm_slope,
    norm_slope as norm_slope,
)
from dpc.runtime.order import (
    distinct_places as distinct_places,
    leaders as leaders,
    quantile_along as quantile_along,
    quantile_points as quantile_points,
    unquantile as unquantile,
)
from dpc.runtime.parts import (
    blend_parts as blend_parts,
    cross_parts as cross_parts,
    push_parts as push_parts,
    push_unblended as push_unblended,
    turned_parts as turned_parts,
    unblend_parts as unblend_parts,
)
from dpc.runtime.places import (
    places_in_windows as places_in_windows,
    places_resized as places_resized,
    places_trimmed as places_trimmed,
    steps_between as steps_between,
)
from dpc.runtime.polydiv import (
    polydiv_adjoints as polydiv_adjoints,
    polydiv_tangent as polydiv_tangent,
)
from dpc.runtime.products import (
    products_before as products_before,
    sums_after as sums_after,
    undiff as undiff,
    unpair as unpair,
)
from dpc.runtime.refused import (
    NoBlendError as NoBlendError,
    NotAgainError as NotAgainError,
    RefusedError as RefusedError,
    refuse as refuse,
    require_floats as require_floats,
    require_number as require_number,
    require_plain as require_plain,
)
from dpc.runtime.row_trees import (
    count_elements as count_elements,
    jacobian_along as jacobian_along,
    jacobian_of as jacobian_of,
    row_of as row_of,
    share_rows as share_rows,
    spread_rows as spread_rows,
    stack_rows as stack_rows,
    unit_rows as unit_rows,
)
from dpc.runtime.rows import (
    first_leaf as first_leaf,
    gradient_rows as gradient_rows,
    require_view as require_view,
    rows_at as rows_at,
    rows_first as rows_first,
    unbroadcast_rows as unbroadcast_rows,
    zeros_rows as zeros_rows,
)
from dpc.runtime.sequences import (
    mean_of_ties as mean_of_ties,
    share_ties as share_ties,
    sort_like as sort_like,
    spread as spread,
    unsort as unsort,
)
from dpc.runtime.shadows import (
    add_cells as add_cells,
    cells as cells,
    exchange as exchange,
    exchange_attr as exchange_attr,
    give_last as give_last,
    pop_cells as pop_cells,
    replace as replace,
    restore as restore,
    restore_attr as restore_attr,
    shadow as shadow,
    shadow_attr as shadow_attr,
    shadow_copy as shadow_copy,
    shadow_imag as shadow_imag,
    shadow_item as shadow_item,
    shadow_joined as shadow_joined,
    shadow_new as shadow_new,
    shadow_parts as shadow_parts,
    shadow_repeated as shadow_repeated,
    shadow_sequence as shadow_sequence,
    shadow_view as shadow_view,
    take_last as take_last,
    uninsert as uninsert,
    unjoined as unjoined,
    unless_shared as unless_shared,
    unpop as unpop,
    unrepeated as unrepeated,
    unshared as unshared,
)
from dpc.runtime.signal import full_signal as full_signal, signal_part as signal_part
from dpc.runtime.slopes import (
    portion as portion,
    power as power,
    power_log as power_log,
    power_slope as power_slope,
    quotient as quotient,
    ratio as ratio,
)
from dpc.runtime.splines import (
    mirror_weights as mirror_weights,
    spline_places as spline_places,
    spline_weights as spline_weights,
)
from dpc.runtime.steps import (
    one_length as one_length,
    range as range,
    steps as steps,
    steps_with_weight as steps_with_weight,
    whole_steps as whole_steps,
)
from dpc.runtime.tails import beta_slope as beta_slope, gamma_slope as gamma_slope
from dpc.runtime.tangents import (
    assigned as assigned,
    set_tangent as set_tangent,
    shadow_of as shadow_of,
    tangent as tangent,
    tangent_of_attribute as tangent_of_attribute,
    tangent_of_items as tangent_of_items,
    tangent_of_object as tangent_of_object,
    tangent_of_parts as tangent_of_parts,
    tangent_of_view as tangent_of_view,
    tangent_tree as tangent_tree,
    zero_tangent as zero_tangent,
)
from dpc.runtime.trees import (
    Fields as Fields,
    copy_tree as copy_tree,
    gradient as gradient,
    zeros as zeros,
)
from dpc.runtime.writing import (
    diagonal_places as diagonal_places,
    flat_places as flat_places,
    line_places as line_places,
    maximum_at as maximum_at,
    minimum_at as minimum_at,
    multiplied_at as multiplied_at,
    repeated as repeated,
)
