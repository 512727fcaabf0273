using System.Text.Json;
using System.Text.Json.Serialization;

namespace Helpdesk.Forms;

/// <summary>Answers in JSON.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(decimal))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class FormsJson : JsonSerializerContext;
