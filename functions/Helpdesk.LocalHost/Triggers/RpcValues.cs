using System.Globalization;
using Google.Protobuf;
using Helpdesk.LocalHost.Rpc;
using Microsoft.Azure.WebJobs;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Helpdesk.LocalHost.Triggers;

/// <summary>Values of the SDK in the form of the worker protocol, and back.</summary>
/// <remarks>With the serializer of the SDK, since its types are made for that one. Dates stay the text that they are.</remarks>
internal static class RpcValues
{
    private static readonly JsonSerializerSettings AsWritten = new() { DateParseHandling = DateParseHandling.None };

    public static TypedData ToRpc(object? value) =>
        value switch
        {
            null => new(),
            string text => new() { String = text },
            byte[] bytes => new() { Bytes = ByteString.CopyFrom(bytes) },
            ParameterBindingData reference => new()
            {
                ModelBindingData = new()
                {
                    Version = reference.Version,
                    Source = reference.Source,
                    ContentType = reference.ContentType,
                    Content = ByteString.CopyFrom(reference.Content.ToMemory().Span),
                },
            },
            _ => new() { Json = JsonConvert.SerializeObject(value) },
        };

    public static object? FromRpc(TypedData? data) =>
        data?.DataCase switch
        {
            TypedData.DataOneofCase.String => data.String,
            TypedData.DataOneofCase.Json => JsonConvert.DeserializeObject(data.Json, AsWritten),
            TypedData.DataOneofCase.Bytes => data.Bytes.ToByteArray(),
            TypedData.DataOneofCase.Int => data.Int,
            TypedData.DataOneofCase.Double => data.Double,
            _ => null,
        };

    /// <summary>What an output binding to a queue gave: a message, or a list of them.</summary>
    public static IEnumerable<string> Messages(TypedData? data) =>
        FromRpc(data) switch
        {
            null => [],
            JArray list => list.Select(Text),
            JToken one => [Text(one)],
            byte[] bytes => [System.Text.Encoding.UTF8.GetString(bytes)],
            var value => [Convert.ToString(value, CultureInfo.InvariantCulture)!],
        };

    private static string Text(JToken token) => token.Type == JTokenType.String ? (string)token! : token.ToString(Formatting.None);
}
