using System.Text.Json.Serialization;

namespace Predictive.Api.Inference;

/// <summary>That the process answers.</summary>
/// <param name="Live">true.</param>
public sealed record InferenceLive(bool Live);

/// <summary>Whether a model is in service.</summary>
/// <param name="Live">true.</param>
/// <param name="Ready">Whether one is.</param>
public sealed record InferenceReady(bool Live, bool Ready);

/// <summary>What this server is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Extensions">Extensions of the protocol that it speaks: none.</param>
public sealed record InferenceServer(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>A model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">Versions that may be asked for.</param>
/// <param name="Platform">What runs it.</param>
/// <param name="Inputs">What it takes: <c>history</c>, or the features.</param>
/// <param name="Outputs">What it gives.</param>
public sealed record InferenceModel(
    string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs,
    IReadOnlyList<TensorMetadata> Outputs);

/// <summary>A tensor that a model takes or gives.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">FP64 or BYTES.</param>
/// <param name="Shape">−1 = any length.</param>
public sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<int> Shape);

/// <summary>Whether a model infers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ready">Whether it does.</param>
public sealed record InferenceModelReady(string Name, bool Ready);

/// <summary>What is to be inferred.</summary>
/// <param name="Inputs">The tensors.</param>
/// <param name="Id">Comes back in the answer.</param>
/// <param name="Outputs">Which tensors to give; default: all.</param>
/// <param name="Parameters">None is known; any is taken.</param>
public sealed record InferenceRequest(
    IReadOnlyList<InputTensor> Inputs, string? Id = null, IReadOnlyList<OutputWanted>? Outputs = null,
    IReadOnlyDictionary<string, object?>? Parameters = null);

/// <summary>A tensor that is sent.</summary>
/// <param name="Name"><c>history</c>, or a feature.</param>
/// <param name="Shape">[n] or [n, 1].</param>
/// <param name="Datatype">BYTES for histories, FP64 or another number type for features.</param>
/// <param name="Data">Flat or nested; null in a number tensor = missing.</param>
/// <param name="Parameters">None is known; any is taken.</param>
public sealed record InputTensor(
    string Name, IReadOnlyList<long> Shape, string Datatype, IReadOnlyList<object?> Data,
    IReadOnlyDictionary<string, object?>? Parameters = null);

/// <summary>A tensor that is asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">None is known; any is taken.</param>
public sealed record OutputWanted(string Name, IReadOnlyDictionary<string, object?>? Parameters = null);

/// <summary>What was inferred.</summary>
/// <param name="ModelName">The model.</param>
/// <param name="ModelVersion">Its version.</param>
/// <param name="Id">Of the request; left out where it had none.</param>
/// <param name="Outputs">The tensors.</param>
public sealed record InferenceResponse(
    [property: JsonPropertyName("model_name")] string ModelName, [property: JsonPropertyName("model_version")] string ModelVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id, IReadOnlyList<OutputTensor> Outputs);

/// <summary>A tensor that was inferred.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">FP64 or BYTES.</param>
/// <param name="Shape">[n].</param>
/// <param name="Data">Numbers, or texts.</param>
public sealed record OutputTensor(string Name, string Datatype, IReadOnlyList<int> Shape, IReadOnlyList<object> Data);
