param actionGroupName string
param alertPrefix string
param alertEmail string
param appId string
param applicationInsightsId string
param logAnalyticsId string
param location string
param tags object

@description('Whether the desk sends requests of its own through its intakes.')
param probes bool

var actions = empty(alertEmail) ? [] : [ group.id ]

// All but the first look for messages that the app logs; their wording is in ProcessReceipt, RewindFailedInstances and IntakeProbes.
var logAlerts = concat([
  {
    name: 'poison'
    displayName: 'A message is in a poison queue'
    description: 'The host gave up on a message. See GET /api/operations/queues; POST /api/operations/queues/{name}/replay-poison puts it back.'
    severity: 1
    scope: logAnalyticsId
    every: 'PT5M'
    query: 'StorageQueueLogs | where OperationName == "PutMessage" and ObjectKey contains "-poison"'
  }
  {
    name: 'receipts'
    displayName: 'A receipt failed'
    description: 'Something came in and became no ticket. See GET /api/receipts?state=failed; POST /api/receipts/{id}/replay tries it again.'
    severity: 2
    scope: applicationInsightsId
    every: 'PT5M'
    query: 'traces | where message has "Receipt" and message has "failed"'
  }
  {
    name: 'durable'
    displayName: 'An orchestration keeps failing'
    description: 'It failed after five rewinds and is left alone; the index of due times meets its deadlines. See GET /api/operations/durable?status=failed.'
    severity: 2
    scope: applicationInsightsId
    every: 'PT15M'
    query: 'traces | where message has "failed again after" and message has "rewinds"'
  }
], probes ? [
  {
    name: 'probe'
    displayName: 'An intake does not work'
    description: 'What the desk sent through an intake of its own did not come through. See GET /api/operations/probes.'
    severity: 1
    scope: applicationInsightsId
    every: 'PT5M'
    query: 'traces | where message has "Intake probe" and message has "did not come through"'
  }
  {
    name: 'probes'
    displayName: 'An intake is silent'
    description: 'For an hour nothing came through that the desk sends through an intake of its own. See GET /api/operations/probes.'
    severity: 1
    scope: applicationInsightsId
    every: 'PT15M'
    window: 'PT1H'
    query: 'datatable(channel: string) ["Web", "Email", "Alert"] | join kind=leftanti (traces | where message has "Intake probe" and message has "came through in" | extend channel = extract("probe of ([A-Za-z]+)", 1, message)) on channel'
  }
] : [])

resource group 'Microsoft.Insights/actionGroups@2024-10-01-preview' = if (!empty(alertEmail)) {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'helpdesk'
    enabled: true
    emailReceivers: [ { name: 'desk', emailAddress: alertEmail, useCommonAlertSchema: true } ]
  }
}

resource serverErrors 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${alertPrefix}5xx'
  location: 'global'
  tags: tags
  properties: {
    description: 'More than 5 requests in 15 minutes were answered with 5xx.'
    severity: 1
    enabled: true
    scopes: [ appId ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: '5xx'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.Web/sites'
          metricName: 'Http5xx'
          operator: 'GreaterThan'
          threshold: 5
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [for action in actions: { actionGroupId: action }]
  }
}

resource logs 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in logAlerts: {
  name: '${alertPrefix}${alert.name}'
  location: location
  tags: tags
  properties: {
    displayName: alert.displayName
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [ alert.scope ]
    evaluationFrequency: alert.every
    windowSize: alert.?window ?? 'PT15M'
    criteria: {
      allOf: [ { query: alert.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 } ]
    }
    actions: { actionGroups: actions }
    skipQueryValidation: true
  }
}]
