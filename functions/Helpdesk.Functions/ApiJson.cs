using System.Text.Json;
using System.Text.Json.Serialization;
using Helpdesk.Functions.Closing;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Events;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Intake;
using Helpdesk.Functions.Operations;
using Helpdesk.Functions.Sla;
using Helpdesk.Functions.Tickets;
using Helpdesk.Functions.WebChat;

namespace Helpdesk.Functions;

/// <summary>Everything the API gives, in JSON; what it takes is read by <see cref="FieldReader"/>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(TicketView))]
[JsonSerializable(typeof(ListPage<TicketSummaryView>))]
[JsonSerializable(typeof(CommentView))]
[JsonSerializable(typeof(ListPage<CommentView>))]
[JsonSerializable(typeof(ListPage<EventView>))]
[JsonSerializable(typeof(Agent))]
[JsonSerializable(typeof(ListPage<Agent>))]
[JsonSerializable(typeof(Group))]
[JsonSerializable(typeof(ListPage<Group>))]
[JsonSerializable(typeof(AccessKey))]
[JsonSerializable(typeof(ListPage<AccessKey>))]
[JsonSerializable(typeof(KeyWithSecret))]
[JsonSerializable(typeof(Workspace))]
[JsonSerializable(typeof(ListPage<Workspace>))]
[JsonSerializable(typeof(OpenedWorkspace))]
[JsonSerializable(typeof(ReceiptAnswer))]
[JsonSerializable(typeof(ReceiptView))]
[JsonSerializable(typeof(ListPage<ReceiptView>))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(ListPage<DeadLetter>))]
[JsonSerializable(typeof(ListPage<QueueView>))]
[JsonSerializable(typeof(ReplayedMessages))]
[JsonSerializable(typeof(SlaStatusView))]
[JsonSerializable(typeof(SlaExplanation))]
[JsonSerializable(typeof(PolicyView))]
[JsonSerializable(typeof(ListPage<PolicyView>))]
[JsonSerializable(typeof(PolicyTrial))]
[JsonSerializable(typeof(CalendarView))]
[JsonSerializable(typeof(ListPage<CalendarView>))]
[JsonSerializable(typeof(ClosingView))]
[JsonSerializable(typeof(DurableView))]
[JsonSerializable(typeof(ChatSettingView))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ApiJson : JsonSerializerContext;
